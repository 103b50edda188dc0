import { sha256 } from '../ledger/digest.ts'
import { strictType, corrupt } from '../pane/strict-avro.ts'
import { packTallies, unpackTallies } from '../pane/tallies-codec.ts'
import type { PackedTallies } from '../pane/tallies-codec.ts'
import { sliceSchema } from './slice-schema.ts'
import type { PartitionEntry, SealedSlice, Slice, StreamSlice } from './slice.ts'

/** The slice's canonical Avro bytes (`schemas/slice.avsc`); their sha256 is its digest. */
export function encodeSlice(slice: Slice): Buffer {
  const streams = slice.streams.map((stream) => ({ ...stream, tallies: packTallies(stream.tallies) }))
  return sliceType.encode({ ...slice, streams })
}

/**
 * Strict: throws `EVENKEEL_RECORD_CORRUPT` for anything that `encodeSlice` would not have written. Every reader below it knows
 * the one canonical spelling; encoding once more to compare would double what a judge pays who reads weeks of slices again.
 */
export function decodeSlice(bytes: Uint8Array): Slice {
  return unpack(sliceType.decode(bytes))
}

/** A slice read from the log, with the digest of the very bytes that stand there. */
export function openSlice(bytes: Uint8Array): SealedSlice {
  return { slice: decodeSlice(bytes), digest: sha256(bytes) }
}

type PackedStream = Omit<StreamSlice, 'tallies'> & { tallies: PackedTallies }
type PackedSlice = Omit<Slice, 'streams'> & { streams: PackedStream[] }

const sliceType = strictType<PackedSlice>(sliceSchema)

function unpack(packed: PackedSlice): Slice {
  const { stream, startMs, lengthMs, number, paneConfigDigest } = packed
  try {
    if (lengthMs <= 0 || number < 1) throw new RangeError('a number below its bound')
    const streams = packed.streams.map(unpackStream)
    return { stream, startMs, lengthMs, number, paneConfigDigest, streams }
  } catch (cause) {
    throw corrupt(`the slice of ${JSON.stringify(stream.slice(0, 80))} at ${startMs} cannot be read`, cause)
  }
}

function unpackStream({ name, partitions, tallies }: PackedStream): StreamSlice {
  return { name, partitions: partitions.map(unpackEntry), tallies: unpackTallies(tallies) }
}

function unpackEntry({ partition, pane, idle, lost }: PartitionEntry): PartitionEntry {
  if (partition < 0 || lost < 0) throw new RangeError('a number below its bound')
  return { partition, pane, idle, lost }
}
