import type { Counted } from '../../baseline/measures.ts'
import type { Profile } from '../../baseline/profile.ts'
import { varianceOfBaseline } from '../../evidence/baseline.ts'
import type { BaselineSums } from '../../evidence/baseline.ts'
import type { Term, TermShape } from '../../evidence/term.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import { CountedWindow } from './baseline-window.ts'

/** The whole as one term, a window as its blocks: both say what the questions ask for. */
export type BaselineTerm = Term | CountedWindow

/**
 * The whole as a term of other meaning. Everything in it adds:
 *
 *   r: x_h − n_h·q by bucket and cell | events[0]: n_h | events[1]: events by slot (at most 168 of the 256 places)
 *   floor: N·q(1−q) by cell | evenSums, oddSums: of r | counts[0]: x by cell | counts[1]: N·q by cell | w: N
 */
export function shapeOfCells(cells: number): TermShape {
  return { buckets: BUCKETS, bins: cells, tables: 0 }
}

/** Adds one slice of one cohort: sums of the slice first, then all at once, as terms of slices would add. */
export function addToBaselineTerm({ x, n }: Counted, profile: Profile, slot: number, into: Term): void {
  const { cells } = profile
  const { r, events } = into
  const q = Float64Array.from({ length: cells }, (_, cell) => profile.rateOf(slot, cell))
  const sums = [new Float64Array(cells), new Float64Array(cells)] as const
  const counts = new Float64Array(cells)
  let total = 0
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const here = n[bucket]!
    // Without events nothing counted.
    if (here === 0) continue
    total += here
    events[0][bucket]! += here
    const halves = sums[bucket % 2 === 0 ? 0 : 1]
    for (let cell = 0, at = bucket * cells; cell < cells; cell++, at++) {
      const surplus = x[at]! - here * q[cell]!
      r[at]! += surplus
      halves[cell]! += surplus
      counts[cell]! += x[at]!
    }
  }
  events[1][slot]! += total
  for (let cell = 0; cell < cells; cell++) {
    into.evenSums[cell]! += sums[0][cell]!
    into.oddSums[cell]! += sums[1][cell]!
    into.counts[0][cell]! += counts[cell]!
    into.counts[1][cell]! += total * q[cell]!
    into.floor[cell]! += total * q[cell]! * (1 - q[cell]!)
  }
  into.w += total
}

/** What `evidence/baseline.ts` compares, of one cell over a window. */
export function sumsOfCell(term: BaselineTerm, profile: Profile, cell: number): BaselineSums {
  return {
    r: term.surplusOf(cell),
    events: term.events[0],
    viid: term.floor[cell]!,
    vBaseline: varianceOfBaseline(term.events[1], (slot) => profile.of(slot, cell)),
  }
}

/** Σ r of one cell: what was counted beyond what the baseline expects. */
export function surplusSumOf(term: BaselineTerm, cell: number): number {
  return term instanceof CountedWindow ? term.surplusSumOf(cell) : term.evenSums[cell]! + term.oddSums[cell]!
}

/** Bit h: the window holds events of the hour h of some day. */
export function hoursCovered(term: BaselineTerm, profile: Profile): number {
  let hours = 0
  for (let slot = 0; slot < profile.slots; slot++) {
    if (term.events[1][slot]! > 0) hours |= 1 << profile.hourOfSlot(slot)
  }
  return hours
}
