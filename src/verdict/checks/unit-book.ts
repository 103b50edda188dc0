import type { StreamConfig } from '../../config/shape.ts'
import { CANDIDATE, CONTROL } from '../../pane/pane.ts'
import type { Pair } from '../../pane/pane.ts'
import { UnitSample } from '../../sketch/unit-sample.ts'
import type { Slice } from '../../slice/slice.ts'
import { epochOf } from './allocation.ts'
import type { PlannedShares } from './allocation.ts'
import { BothCohorts } from './both-cohorts.ts'
import { talliesOf } from './context.ts'

/**
 * Who has been seen, in which cohort: the units of one allocation epoch, slice by slice (statistics.md 10).
 *
 * A busy slice brings only its 4,096 smallest hashes, and the book itself keeps 65,536. So a unit is counted only where every
 * slice of the epoch, and the book, would have kept it: below the smallest limit so far. Hashes know nothing of cohorts, so
 * neither does the sampling; and below that limit a unit that is not in the book has surely never come.
 *
 *   limit after slice   1      2      3          the limit falls, never rises: whoever is not counted at first sight
 *   unit at hash h   ───┴──────┴─ h ──┴───       is not counted later as "new" either
 *
 * The epoch's first slice is the one by which both cohorts have been seen; with a new entry of the allocation the book is empty
 * again, and a slice that straddles two epochs is not counted at all.
 */
export const UNITS_KEPT = 65_536
const CONTROL_MASK = 1
const CANDIDATE_MASK = 2
const BOTH_MASK = CONTROL_MASK | CANDIDATE_MASK

/** What one slice brings. */
export interface UnitCounts {
  /** Planned; null where nothing is. */
  shares: PlannedShares | null
  /** Seen for the first time, in one cohort alone. */
  firstSeen: Pair<number>
  /** Units that have come before, in an earlier slice. */
  returnVisits: number
  /** Units that are now known in both cohorts and were not before. */
  switchers: number
}

export class UnitBook {
  readonly #stream: string
  readonly #allocation: StreamConfig['allocation']
  readonly #both = new BothCohorts()
  #sample = new UnitSample(UNITS_KEPT)
  #epoch: number | null = null
  #epochBegin: number
  #number: number
  #counts: UnitCounts | null = null

  constructor({ name, allocation }: Pick<StreamConfig, 'name' | 'allocation'>, begin: number) {
    this.#stream = name
    this.#allocation = allocation
    this.#epochBegin = begin
    this.#number = begin
  }

  /** Of the last slice; null = it does not count: the rollout has not begun, or it straddles two epochs. */
  get counts(): UnitCounts | null {
    return this.#counts
  }

  /** 0-based: the first slice of the epoch. */
  get epochBegin(): number {
    return this.#epochBegin
  }

  /** Distinct units of the epoch that are kept now. */
  get size(): number {
    return this.#sample.size
  }

  /** Distinct units of the epoch by cohort; estimates where the book is full. */
  get units(): { control: number; candidate: number } {
    const unitsOf = (mask: number): number => this.#sample.estimate(mask).units
    return { control: unitsOf(CONTROL_MASK), candidate: unitsOf(CANDIDATE_MASK) }
  }

  /** Shared by two checks: a slice that was added is not added again. */
  add(slice: Slice): void {
    if (slice.number <= this.#number) return
    this.#number = slice.number
    const tallies = talliesOf(slice, this.#stream)
    const hasBegun = this.#both.add(tallies)
    const epoch = epochOf(this.#allocation, slice)
    this.#counts = null
    if (!hasBegun || epoch === null) return
    if (epoch.at !== this.#epoch) this.#begin(epoch.at)
    this.#counts = this.#count(tallies.units, epoch.shares)
  }

  #begin(epoch: number): void {
    this.#epoch = epoch
    this.#epochBegin = this.#number - 1
    this.#sample = new UnitSample(UNITS_KEPT)
  }

  #count(units: UnitSample, shares: PlannedShares | null): UnitCounts {
    const { pairs, masks } = units.inOrder()
    const known = new Uint8Array(masks.length)
    for (let at = 0; at < known.length; at++) known[at] = this.#sample.maskOf(pairs[at * 2]!, pairs[at * 2 + 1]!)
    this.#sample.merge(units)
    const { limit } = this.#sample
    const counts: UnitCounts = { shares, firstSeen: [0, 0], returnVisits: 0, switchers: 0 }
    for (let at = 0; at < known.length; at++) {
      const before = known[at]!
      const first = pairs[at * 2]!
      const second = pairs[at * 2 + 1]!
      if (limit !== null && !isBelow(first, second, limit)) break
      const mask = masks[at]!
      if (before !== 0) counts.returnVisits++
      if (before !== BOTH_MASK && (before | mask) === BOTH_MASK) counts.switchers++
      else if (before === 0) counts.firstSeen[mask === CONTROL_MASK ? CONTROL : CANDIDATE]++
    }
    return counts
  }
}

function isBelow(first: number, second: number, limit: { first: number; second: number }): boolean {
  return first < limit.first || (first === limit.first && second < limit.second)
}
