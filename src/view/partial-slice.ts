import type { FieldTallies, Tallies } from '../pane/pane.ts'
import { strictType } from '../pane/strict-avro.ts'
import { packTallies, unpackTallies } from '../pane/tallies-codec.ts'
import type { PackedTallies } from '../pane/tallies-codec.ts'
import { createTallies } from '../pane/tallies.ts'
import { sliceSchema } from '../slice/slice-schema.ts'
import type { Slice } from '../slice/slice.ts'

/**
 * As much of a slice as a question about one field needs. To unpack all sketches of fifty fields takes fifty times as long, and to
 * prove their canonical form as long again; a question about a month asks for thousands of slices.
 *
 * Only for bytes that were read from the log with `openSlice` and are sealed since, as those of the view are.
 */
export interface PartialSlice extends Pick<Slice, 'startMs' | 'lengthMs' | 'paneConfigDigest'> {
  cohorts(stream: string): Tallies['cohorts']
  field(stream: string, position: number): FieldTallies
}

export function partialSlice(bytes: Uint8Array): PartialSlice {
  const { startMs, lengthMs, paneConfigDigest, streams } = packedSlices.decode(bytes)
  const packedOf = (stream: string): PackedTallies => streams.find(({ name }) => name === stream)!.tallies
  return {
    startMs,
    lengthMs,
    paneConfigDigest,
    cohorts: (stream) => {
      const { control, candidate } = packedOf(stream)
      return unpackTallies({ ...NOTHING, control, candidate }).cohorts
    },
    field: (stream, position) => unpackTallies({ ...NOTHING, fields: [packedOf(stream).fields[position]!] }).fields[0]!,
  }
}

/** The same of a slice that is unpacked already. */
export function wholeSlice({ startMs, lengthMs, paneConfigDigest, streams }: Slice): PartialSlice {
  const talliesOf = (stream: string): Tallies => streams.find(({ name }) => name === stream)!.tallies
  return {
    startMs,
    lengthMs,
    paneConfigDigest,
    cohorts: (stream) => talliesOf(stream).cohorts,
    field: (stream, position) => talliesOf(stream).fields[position]!,
  }
}

const packedSlices = strictType<Omit<Slice, 'streams'> & { streams: { name: string; tallies: PackedTallies }[] }>(
  sliceSchema,
)
const NOTHING = packTallies(createTallies({ fields: [], rates: [], sums: [] }))
