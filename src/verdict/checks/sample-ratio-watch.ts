import { ln } from '../../evidence/arithmetic.ts'
import { JUDGED_FROM_SLICE } from '../../evidence/ladder.ts'
import { readShare, SHARE_SHAPE, shareTerm } from '../../evidence/planned-share.ts'
import type { ShareReading } from '../../evidence/planned-share.ts'
import { SampleRatioProcess } from '../../evidence/srm.ts'
import { Term } from '../../evidence/term.ts'
import { WindowSums } from '../../evidence/window-sums.ts'
import type { Slice } from '../../slice/slice.ts'
import type { Effect, Evidence } from '../check.ts'
import { severityOf } from '../drift-watch.ts'
import { percent, plusMinus, rough, whole } from '../figures.ts'
import { limitsOf } from '../question.ts'
import { subjectOf } from '../subject.ts'
import type { Subject } from '../subject.ts'
import { tellInterval, withinShares } from '../tell.ts'
import type { AlertView, Conclusion, Drift, Look, Seen, Watched } from '../watched.ts'
import type { CheckContext } from './context.ts'
import type { UnitBook } from './unit-book.ts'

/**
 * sample-ratio: units first seen, candidate against the planned share (statistics.md 10).
 *
 * Two answers to two questions. *Is it broken?* The process of evidence/srm.ts, which may be asked after every slice and still
 * raises a false alarm with no more than the metric's whole alpha. *By how much, since when?* The window of the ladder, or the
 * whole, that is furthest from the plan. An alert needs both.
 *
 * The process cannot forget, so it cannot calm down: it is a long window whose interval lies inside ±effectMin that resolves the
 * alert, at once; then process and whole begin anew. Slices that do not count (straddling, not begun) are empty time to it.
 */
const UNITS_MIN = 200
const CALM_FROM_LEVEL = 5
const KEY = 'sample-ratio'
const EVEN = { control: 0.5, candidate: 0.5 }

export class SampleRatioWatch implements Watched {
  readonly subject: Subject
  readonly streams: readonly string[]
  readonly isListed = true
  readonly clear = 1
  readonly #book: UnitBook
  /** Of effects, in units of ρ_aρ_b. */
  readonly #limits: { effectMin: number; margin: number }
  readonly #natsRequired: number
  readonly #horizonSlices: number
  readonly #sums: WindowSums
  /** The epoch, whatever was alerted in it. */
  readonly #epoch = new Term(SHARE_SHAPE)
  #epochBegin: number
  #process: { steps: number; of: SampleRatioProcess } | null = null
  #lnE: number | null = null
  #mark = 0

  constructor({ stream, config, budget, begin }: CheckContext, book: UnitBook) {
    this.subject = subjectOf(stream.name, 'sample-ratio', null, 'plan')
    this.streams = [stream.name]
    this.#book = book
    this.#limits = limitsOf(config.policy, 'sampleRatio')
    this.#natsRequired = -ln(budget.alphaOfMetric('population'))
    this.#horizonSlices = budget.slicesInHorizon
    this.#sums = new WindowSums({ ...SHARE_SHAPE, levels: budget.levels, begin })
    this.#epochBegin = begin
  }

  get begin(): number {
    return this.#epochBegin
  }

  add(slice: Slice): void {
    this.#book.add(slice)
  }

  freeze(): boolean {
    return false
  }

  look(T: number, alert: AlertView): Look {
    // After it resolved, in the slice before this one.
    if (alert.mark !== this.#mark) this.#restart(alert.mark)
    this.#step()
    const strongest = this.#evidence()
    const drift = T < JUDGED_FROM_SLICE ? null : this.#drift(alert.mark, strongest)
    // The process is an e-value as it stands: for the watch list it needs no translation.
    const lnE = this.#lnE ?? 0
    const seen = (): Seen => ({ strongest, lnE })
    if (!alert.isFiring) return { drift, calm: null, calmStart: null, seen }
    return { drift, ...this.#calm(alert.firedNumber), seen }
  }

  conclude(): Conclusion {
    const reading = readShare(this.#epoch)
    if (reading === null || reading.units < UNITS_MIN) {
      const reason = `too little data: ${whole(reading?.units ?? 0)} of at least ${UNITS_MIN} units first seen under the plan`
      return { verdict: 'INSUFFICIENT', reason, effect: this.#effectOf(reading), n: nOf(reading) }
    }
    const { estimate, half, spread, units } = reading
    const known = { effect: this.#effectOf(reading), n: reading.n }
    const margin = this.#limits.margin * spread
    const told = told95(reading)
    const room = margin - Math.abs(estimate)
    if (half < room) return { verdict: 'PASS', reason: `${told} is within ${plusMinus(margin, 'pp')}`, ...known }
    if (room <= 0) {
      const reason = `${told}: neither proven nor excluded, the margin is ${plusMinus(margin, 'pp')}`
      return { verdict: 'INSUFFICIENT', reason, ...known }
    }
    const more = units * (half / room) * (half / room) - units
    const reason = `${told}: ${plusMinus(half, 'pp')} reached, ${plusMinus(room, 'pp')} needed: about ${rough(more)} more units`
    return { verdict: 'INSUFFICIENT', reason, ...known }
  }

  #restart(mark: number): void {
    this.#mark = mark
    this.#process = null
    this.#sums.restartWhole()
  }

  /** The last slice, into the process and the windows. */
  #step(): void {
    const { counts, epochBegin } = this.#book
    const planned = counts?.shares ?? null
    if (counts === null || planned === null) {
      if (this.#process !== null) this.#lnE = this.#stepProcess([0, 0], EVEN)
      return this.#sums.add(null)
    }
    const [control, candidate] = counts.firstSeen
    if (epochBegin !== this.#epochBegin) {
      this.#epochBegin = epochBegin
      this.#epoch.clear()
    }
    const term = shareTerm(control, candidate, planned)
    this.#epoch.add(term)
    this.#sums.add(term)
    this.#lnE = this.#stepProcess([control, candidate], planned)
  }

  /** After a horizon a new budget begins, and a new process. */
  #stepProcess(firstSeen: readonly number[], { control, candidate }: typeof EVEN): number {
    if (this.#process === null || this.#process.steps === this.#horizonSlices) {
      this.#process = { steps: 0, of: new SampleRatioProcess(2, this.#horizonSlices) }
    }
    this.#process.steps++
    return this.#process.of.add(firstSeen, [control, candidate]).lnE
  }

  #evidence(): Evidence | null {
    return this.#lnE === null ? null : { nats: this.#lnE, thresholdNats: this.#natsRequired }
  }

  #drift(mark: number, evidence: Evidence | null): Drift | null {
    if (evidence === null || evidence.nats < evidence.thresholdNats) return null
    const furthest = this.#furthest(mark)
    if (furthest === null) return null
    const { start, reading } = furthest
    const effect = this.#effectOf(reading)!
    if (Math.abs(reading.estimate) < effect.threshold) return null
    return {
      ...{ key: KEY, calmKey: KEY, start, direction: reading.estimate > 0 ? 'up' : 'down' },
      severity: severityOf({ effectMin: effect.threshold }, effect),
      ...{ effect, evidence, n: reading.n, counted: 'units', told: told95(reading) },
    }
  }

  /** The window with the largest |z| among those with enough units; ties: the earlier one, the whole last. */
  #furthest(mark: number): { start: number; reading: ShareReading } | null {
    let furthest: { start: number; reading: ShareReading } | null = null
    for (const { start, sums } of [...this.#sums.offered(mark), this.#sums.whole]) {
      const reading = readShare(sums)
      if (reading === null || reading.units < UNITS_MIN) continue
      if (furthest === null || Math.abs(reading.z) > Math.abs(furthest.reading.z)) furthest = { start, reading }
    }
    return furthest
  }

  /** A window that is too wide to tell neither resolves nor resets. */
  #calm(firedNumber: number): { calm: boolean | null; calmStart: number | null } {
    let calm: boolean | null = null
    for (const { blocks, level, start, sums } of this.#sums.offered(firedNumber)) {
      const reading = blocks === 3 && level >= CALM_FROM_LEVEL ? readShare(sums) : null
      if (reading === null) continue
      const { estimate, half, spread } = reading
      const effectMin = this.#limits.effectMin * spread
      if (Math.abs(estimate) + half < effectMin) return { calm: true, calmStart: start }
      if (half <= effectMin / 2) calm = false
    }
    return { calm, calmStart: null }
  }

  #effectOf(reading: ShareReading | null): (Effect & { low: number; high: number }) | null {
    if (reading === null) return null
    const { estimate, half, spread } = reading
    const threshold = this.#limits.effectMin * spread
    return withinShares({ name: 'candidate-share', estimate, low: estimate - half, high: estimate + half, threshold })
  }
}

/** `45.9 % of 12,345 units first seen are the candidate's, 50.0 % planned, -4.1 pp [-5.0, -3.2]` */
function told95({ units, share, planned, estimate, half }: ShareReading): string {
  const figures = `${percent(share)} of ${whole(units)} units first seen are the candidate's, ${percent(planned)} planned`
  const name = 'candidate-share'
  return `${figures}, ${tellInterval({ name, estimate, low: estimate - half, high: estimate + half })}`
}

function nOf(reading: ShareReading | null): { control: number; candidate: number } {
  return reading?.n ?? { control: 0, candidate: 0 }
}
