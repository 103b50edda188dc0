import { strictType, corrupt } from './strict-avro.ts'
import type { Pane } from './pane.ts'
import { paneSchema } from './pane-schema.ts'
import { packTallies, unpackTallies } from './tallies-codec.ts'
import type { PackedTallies } from './tallies-codec.ts'

/** The pane's canonical Avro bytes (`schemas/pane.avsc`): the same content gives the same bytes on any machine, so their sha256 is its digest. */
export function encodePane(pane: Pane): Buffer {
  return paneType.encode({ ...pane, tallies: packTallies(pane.tallies) })
}

/** Strict: throws `EVENKEEL_RECORD_CORRUPT` for anything that `encodePane` would not have written. */
export function decodePane(bytes: Uint8Array): Pane {
  // Other spellings of the same content (long varints, unsorted keys, a sketch's detours) would make two digests of one pane:
  // every reader below knows only the canonical one.
  return unpack(paneType.decode(bytes))
}

type PackedPane = Omit<Pane, 'tallies'> & { tallies: PackedTallies }

const paneType = strictType<PackedPane>(paneSchema)

function unpack(packed: PackedPane): Pane {
  const { stream, partition, startMs, lengthMs, paneConfigDigest, idle, lost } = packed
  try {
    if (partition < 0 || lost < 0 || lengthMs <= 0) throw new RangeError('a number below its bound')
    const tallies = unpackTallies(packed.tallies)
    return { stream, partition, startMs, lengthMs, paneConfigDigest, idle, lost, tallies }
  } catch (cause) {
    throw corrupt(`the pane of ${JSON.stringify(stream.slice(0, 80))} at ${startMs} cannot be read`, cause)
  }
}
