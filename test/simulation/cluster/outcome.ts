import { createHash } from 'node:crypto'
import type { LogRecord } from '../../../src/log/log.ts'
import { ChunkAssembler } from '../../../src/pane/chunk-assembler.ts'
import { kindOf } from '../../../src/pane/chunks.ts'
import { decodePane } from '../../../src/pane/codec.ts'
import type { Pane } from '../../../src/pane/pane.ts'
import { openSlice } from '../../../src/slice/codec.ts'
import type { SealedSlice, Slice } from '../../../src/slice/slice.ts'
import { TOPICS } from './cluster.ts'
import type { Cluster } from './cluster.ts'

/** What a run left behind in its logs and in the heads of its instances. */
export interface Outcome {
  /** By `partition@start`: every digest that was ever published for it; the first is the one that counts. */
  panes: Map<string, { digests: Set<string>; pane: Pane }>
  /** By start: the first in the log. */
  slices: Map<number, { digest: string; slice: Slice }>
  /** By id: every body under it. */
  alerts: Map<string, Set<string>>
  /** Of each instance that runs at the end: its verdicts, as one digest, and how many slices it has folded. */
  verdicts: { instance: string; folded: number; digest: string }[]
}

export function outcomeOf(cluster: Cluster): Outcome {
  const { broker } = cluster
  const outcome: Outcome = { panes: new Map(), slices: new Map(), alerts: new Map(), verdicts: [] }
  // As they were written: what rots in the log once its slice is there nobody needs to make again.
  for (const record of broker.allWritten(TOPICS.panes)) {
    if (kindOf(record) !== 'pane') continue
    const [partition, start, digest] = ['partition', 'start', 'digest'].map((name) => String(record.headers[name]))
    const key = `${partition}@${start}`
    // One chunk each, small as they are: a record is a pane.
    const chunk = new ChunkAssembler().add(record)
    if (chunk.kind !== 'complete') throw new RangeError(`pane ${key}: a chunk is ${chunk.kind}`)
    const known = outcome.panes.get(key)
    if (known === undefined) outcome.panes.set(key, { digests: new Set([digest!]), pane: decodePane(chunk.bytes) })
    else known.digests.add(digest!)
  }
  for (const record of broker.all(TOPICS.slices)) {
    const sealed = sliceIn(record)
    if (sealed === null) continue
    if (!outcome.slices.has(sealed.slice.startMs)) outcome.slices.set(sealed.slice.startMs, sealed)
  }
  for (const { value } of broker.all(TOPICS.alerts)) {
    const body = value!.toString('utf8')
    const id = idIn(body)
    if (id === null) continue
    outcome.alerts.set(id, (outcome.alerts.get(id) ?? new Set()).add(body))
  }
  for (const [name, { groups }] of cluster.running) {
    const [group] = groups
    const digest = createHash('sha256')
      .update(JSON.stringify([...group!.judge.checks(), ...group!.judge.alerts()]))
      .digest('hex')
    outcome.verdicts.push({ instance: name, folded: group!.folded, digest })
  }
  return outcome
}

/** null where it rotted. One chunk each, small as they are: what says that it is one of several rotted as well. */
function sliceIn(record: LogRecord): SealedSlice | null {
  const chunk = new ChunkAssembler().add(record)
  return chunk.kind === 'complete' ? openSlice(chunk.bytes) : null
}

function idIn(body: string): string | null {
  try {
    return (JSON.parse(body) as { id: string }).id
  } catch {
    return null // Torn: whoever publishes alerts must have sent it once more.
  }
}
