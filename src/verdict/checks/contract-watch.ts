import { wilson } from '../../evidence/intervals.ts'
import { JUDGED_FROM_SLICE } from '../../evidence/ladder.ts'
import { Term } from '../../evidence/term.ts'
import { WindowSums } from '../../evidence/window-sums.ts'
import type { Tallies, ViolationTallies } from '../../pane/pane.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import type { Slice } from '../../slice/slice.ts'
import type { Effect } from '../check.ts'
import { listed, percent, whole } from '../figures.ts'
import { subjectOf } from '../subject.ts'
import type { Subject } from '../subject.ts'
import { NOTHING_SEEN } from '../watched.ts'
import type { AlertView, Conclusion, Drift, Look, Watched } from '../watched.ts'
import { talliesOf } from './context.ts'
import type { CheckContext } from './context.ts'

/**
 * schema against the contract (statistics.md 10): both cohorts, other and unknown together, over the same ladder. There is no
 * second cohort to cancel the noise, so instead of z a plain rule: enough violations, of enough unit buckets, and a rate that is
 * surely above one in a thousand. Where the unit of a violation cannot be read (undecodable, unknown-schema, oversized) it
 * counts as a bucket of its own; of the other cohorts only the set of buckets is known.
 */
const VIOLATIONS_MIN = 20
const BUCKETS_MIN = 10
const RATE_MAX = 0.001
const Z_SURE = 4
/** PASS: the rate is surely below this, of enough records. */
const PASS_RATE_MAX = 0.002
const PASS_RECORDS_MIN = 1000
const CRITICAL_RATE = 4 * RATE_MAX
const HOUR_MS = 3_600_000
const KEY = 'contract'
const NOT_ASKED = { calm: null, calmStart: null }
const WITHOUT_UNIT: ReadonlySet<string> = new Set(['undecodable', 'unknown-schema', 'oversized'])

export class ContractWatch implements Watched {
  readonly subject: Subject
  readonly streams: readonly string[]
  readonly isListed = true
  readonly begin: number
  readonly #sums: WindowSums
  readonly #slicesPerHour: number
  /** The last hour, slice by slice. */
  #hour: { term: Term; pairs: readonly ViolationTallies[] }[] = []
  #T: number

  constructor({ stream, budget, begin, config }: CheckContext) {
    this.subject = subjectOf(stream.name, 'schema', null, 'contract')
    this.streams = [stream.name]
    this.begin = begin
    this.#T = begin
    this.#sums = new WindowSums({ ...SHAPE, levels: budget.levels, begin })
    this.#slicesPerHour = Math.max(1, Math.ceil(HOUR_MS / config.panes.lengthMs))
  }

  add(slice: Slice): void {
    const tallies = talliesOf(slice, this.subject.stream)
    const term = termOf(tallies)
    this.#T = slice.number
    this.#sums.add(term)
    this.#hour.push({ term, pairs: tallies.violations })
    if (this.#hour.length > this.#slicesPerHour) this.#hour.shift()
  }

  freeze(): boolean {
    return false
  }

  look(T: number, { isFiring, mark, firedNumber }: AlertView): Look {
    const drift = T < JUDGED_FROM_SLICE ? null : this.#drift(mark)
    return { drift, ...(isFiring ? this.#judgeCalm(T, firedNumber) : NOT_ASKED), seen: () => NOTHING_SEEN }
  }

  conclude(): Conclusion {
    const { sums } = this.#sums.whole
    const { violations, records } = countsIn(sums)
    const known = { effect: records === 0 ? null : effectOf(sums), n: recordsOf(sums) }
    const told = `${whole(violations)} violations in ${whole(records)} records${this.#mostOften()}`
    if (records < PASS_RECORDS_MIN) {
      const reason = `too little data: ${whole(records)} of at least ${whole(PASS_RECORDS_MIN)} records`
      return { verdict: 'INSUFFICIENT', reason, ...known }
    }
    const shown = `${told}: at most ${percent(effectOf(sums).high)}`
    if (isSurelyKept(sums)) {
      return { verdict: 'PASS', reason: `${shown}, below ${percent(PASS_RATE_MAX)}`, ...known }
    }
    return { verdict: 'INSUFFICIENT', reason: `${shown}, not surely below ${percent(PASS_RATE_MAX)}`, ...known }
  }

  /**
   * Is it over? The last hour says so, where it holds enough to tell. In a sparse stream an hour holds neither twenty violations
   * nor their absence: then the windows of three blocks do that start after the slice that fired, the shortest first.
   */
  #judgeCalm(T: number, firedNumber: number): Pick<Look, 'calm' | 'calmStart'> {
    const hour = new Term(SHAPE)
    for (const { term } of this.#hour) hour.add(term)
    const hourStart = T - this.#hour.length
    const longer = this.#sums.offered(firedNumber).filter(({ blocks, start }) => blocks === 3 && start < hourStart)
    for (const { start, sums } of [{ start: hourStart, sums: hour }, ...longer]) {
      if (breaks(sums)) return { calm: false, calmStart: null }
      if (isSurelyKept(sums)) return { calm: true, calmStart: start }
    }
    return { calm: null, calmStart: null }
  }

  #drift(mark: number): Drift | null {
    let worst: { start: number; sums: Term; low: number } | null = null
    for (const { start, sums } of this.#sums.offered(mark, areMany)) {
      if (!breaks(sums)) continue
      const { low } = effectOf(sums)
      if (worst === null || low > worst.low) worst = { start, sums, low }
    }
    if (worst === null) return null
    const { start, sums, low } = worst
    const { violations, records } = countsIn(sums)
    return {
      key: KEY,
      calmKey: KEY,
      start,
      direction: 'up',
      severity: low >= CRITICAL_RATE ? 'critical' : 'warning',
      effect: effectOf(sums),
      evidence: null,
      n: recordsOf(sums),
      told: `${whole(violations)} violations in ${whole(records)} records (${percent(violations / records)})${this.#mostOften()}`,
    }
  }

  /** The pairs of the last hour, largest first: `, most of them wrong-type in price`. */
  #mostOften(): string {
    const byPair = new Map<string, number>()
    for (const { reason, field, counts, outside } of this.#hour.flatMap(({ pairs }) => pairs)) {
      const name = field === '' ? reason : `${reason} in ${field}`
      byPair.set(name, (byPair.get(name) ?? 0) + counts[0].total + counts[1].total + outside)
    }
    const names = [...byPair].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name]) => name)
    return names.length === 0 ? '' : `, most often ${listed(names)}`
  }
}

/**
 * A term of other meaning, so that the ladder's sums serve here too. Everything in it adds; a bucket that is not 0 was hit.
 *   r: violations known by bucket | counts: violations, and those without a unit | events: records of control, of candidate
 *   (in bucket 0) | w: records of all
 */
const SHAPE = { buckets: BUCKETS, bins: 1, tables: 0 }

function termOf({ violations, cohorts, other, unknown }: Tallies): Term {
  const term = new Term(SHAPE)
  for (const { reason, counts, outside, outsideBuckets } of violations) {
    for (const byBucket of counts) byBucket.forEach((bucket, count) => (term.r[bucket]! += count))
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      if ((outsideBuckets[bucket >> 5]! >>> (bucket & 31)) & 1) term.r[bucket]!++
    }
    term.counts[0][0]! += counts[0].total + counts[1].total + outside
    if (WITHOUT_UNIT.has(reason)) term.counts[1][0]! += outside
  }
  cohorts.forEach(({ accepted, late, rejected }, cohort) => {
    term.events[cohort]![0] = accepted.total + late.total + rejected.total
  })
  for (const { accepted, late, rejected } of [other, unknown]) term.w += accepted + late + rejected
  term.w += term.events[0][0]! + term.events[1][0]!
  return term
}

function countsIn(term: Term): { violations: number; records: number } {
  return { violations: term.counts[0][0]!, records: term.w }
}

function recordsOf(term: Term): { control: number; candidate: number } {
  return { control: term.events[0][0]!, candidate: term.events[1][0]! }
}

/** Of most streams there are none, and no window is put together. */
function areMany(parts: readonly Term[]): boolean {
  return parts.reduce((sum, part) => sum + countsIn(part).violations, 0) >= VIOLATIONS_MIN
}

/** A record with several wrong fields counts several times, at most as often as there are records. */
function breaks(term: Term): boolean {
  const { violations, records } = countsIn(term)
  if (violations < VIOLATIONS_MIN) return false
  const buckets = term.r.reduce((hit, count) => hit + (count > 0 ? 1 : 0), 0) + term.counts[1][0]!
  return buckets >= BUCKETS_MIN && wilson(Math.min(violations, records), records, Z_SURE).low > RATE_MAX
}

function isSurelyKept(term: Term): boolean {
  return term.w >= PASS_RECORDS_MIN && effectOf(term).high < PASS_RATE_MAX
}

function effectOf(term: Term): Effect & { low: number; high: number } {
  const { violations, records } = countsIn(term)
  const share = Math.min(violations, records)
  return { name: 'share', estimate: share / records, ...wilson(share, records), threshold: RATE_MAX }
}
