import { CategoryCounts } from '../sketch/category-counts.ts'
import { ValueHistogram } from '../sketch/value-histogram.ts'
import { COUNTS, FieldWindow } from './field-window.ts'
import type { CohortWindow } from './field-window.ts'

/** A window as bytes for the view's own use: of each cohort its eight counts, then its two sketches with their lengths before them. */
export function encodeWindow({ cohorts }: FieldWindow): Uint8Array {
  return Buffer.concat(
    cohorts.flatMap((cohort) => {
      const counts = Buffer.alloc(COUNTS.length * 8)
      COUNTS.forEach((name, at) => counts.writeDoubleLE(cohort[name], at * 8))
      return [counts, ...[cohort.histogram.encode(), cohort.categories.encode()].flatMap(withLength)]
    }),
  )
}

/** Throws a RangeError for what `encodeWindow` did not write. */
export function decodeWindow(kind: FieldWindow['kind'], bytes: Uint8Array): FieldWindow {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const take = (): Uint8Array => {
    const length = buffer.readUInt32LE(at)
    at += 4 + length
    if (at > buffer.length) throw new RangeError('a sketch that is cut off')
    return buffer.subarray(at - length, at)
  }
  const cohort = (): CohortWindow => {
    const counts = Object.fromEntries(COUNTS.map((name, position) => [name, buffer.readDoubleLE(at + position * 8)]))
    at += COUNTS.length * 8
    const sketches = { histogram: ValueHistogram.decode(take()), categories: CategoryCounts.decode(take()) }
    return { ...(counts as Record<(typeof COUNTS)[number], number>), ...sketches }
  }
  return new FieldWindow(kind, [cohort(), cohort()])
}

function withLength(bytes: Uint8Array): [Buffer, Uint8Array] {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return [length, bytes]
}
