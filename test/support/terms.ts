import type { Term } from '../../src/evidence/term.ts'

/** Every number a term holds, scalars before buckets. */
export function numbersOf(term: Term): number[] {
  return partsOf(term).flatMap((part) => [...part])
}

/** Writes value(0), value(1), … in the order of `numbersOf`. */
export function fill(term: Term, value: (at: number) => number): Term {
  let at = 0
  for (const part of partsOf(term)) for (let place = 0; place < part.length; place++) part[place] = value(at++)
  return term
}

function partsOf({ scalars, r, events }: Term): Float64Array[] {
  return [scalars, r, ...events]
}
