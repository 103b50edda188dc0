import type { Log } from '../../src/log/log.ts'
import { ChunkAssembler } from '../../src/pane/chunk-assembler.ts'
import { openSlice } from '../../src/slice/codec.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { readAll } from './event-topic.ts'

/** The slices of a topic in their order, each once: what an instance writes again is the same. */
export async function readSlices(log: Log, topic: string): Promise<Slice[]> {
  const chunks = new ChunkAssembler()
  const slices = new Map<string, Slice>()
  for (const record of await readAll(log, topic)) {
    const chunk = chunks.add(record)
    if (chunk.kind === 'complete') slices.set(chunk.digest, openSlice(chunk.bytes).slice)
  }
  return [...slices.values()]
}

/** Events that a slice counted, of whichever cohort. */
export function acceptedIn(slice: Slice): number {
  return slice.streams.reduce((sum, { tallies }) => sum + tallies.cohorts.reduce((all, { accepted }) => all + accepted.total, 0), 0) // prettier-ignore
}
