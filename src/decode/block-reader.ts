import { MonitorError } from '../errors.ts'
import { createAvroReader } from './avro-reader.ts'
import type { ShapePlan } from './avro-shape.ts'
import type { Shape, SlotValue, Undecoded } from './decoder.ts'
import { faultDetail } from './fault.ts'
import { oversized, undecodable } from './undecoded.ts'

/** Walks the records in a decompressed block of an Avro object container, where nothing but the schema tells their length. */
export interface BlockReader {
  /** After `undecodable` nobody knows where the next record begins: the rest of the block is lost, and `position` stays. */
  read(data: Buffer, position: number, values: SlotValue[]): Shape | Undecoded
  /** Behind the record that was read last. */
  readonly position: number
}

/** Throws EVENKEEL_INPUT_UNREADABLE when the schema cannot be used. `schemaId` is what its records are counted under. */
export function createBlockReader(
  plan: ShapePlan,
  schemaText: string,
  limits: { recordBytes: number },
  schemaId: string,
): BlockReader {
  const reader = createAvroReader(plan, { id: schemaId, schema: schemaText })
  if (reader.kind === 'fault') throw new MonitorError('EVENKEEL_INPUT_UNREADABLE', reader.detail)
  let position = 0
  return {
    get position() {
      return position
    },
    read(data, start, values) {
      const end = reader.read(data, start, data.length, values)
      position = end < 0 ? start : end
      if (end < 0) return undecodable(faultDetail(end))
      return end - start > limits.recordBytes ? oversized(end - start, limits.recordBytes) : reader.shape()
    },
  }
}
