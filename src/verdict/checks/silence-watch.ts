import type { Pair } from '../../pane/pane.ts'
import { tallyTotals } from '../../pane/tallies.ts'
import type { Slice } from '../../slice/slice.ts'
import { whole } from '../figures.ts'
import { missesPartition, recordsOf } from '../presence.ts'
import { SilenceRule } from '../silence-rule.ts'
import type { Silence } from '../silence-rule.ts'
import type { Drift } from '../watched.ts'
import { BothCohorts } from './both-cohorts.ts'

export const SILENT_KEY = 'silent'

/**
 * Who has fallen silent: the whole stream, or one cohort while the other goes on (statistics.md 10, `volume`). Where both
 * cohorts are silent although records of others come (a version was renamed), it is the stream that is silent for us.
 *
 * Silence needs no plan. It is always critical, and has no interval: that nothing came is not uncertain.
 */
export class SilenceWatch {
  readonly #stream: string
  readonly #both = new BothCohorts()
  readonly #all: Run
  readonly #cohorts: Pair<Run>
  readonly #slicesPerHour: number
  #hasBegun = false
  #tellingSlices = 0
  #records: Pair<number> = [0, 0]
  /** By slice: was anybody silent? */
  #hour: boolean[] = []

  constructor(stream: string, lengthMs: number) {
    this.#stream = stream
    this.#all = new Run(lengthMs)
    this.#cohorts = [new Run(lengthMs), new Run(lengthMs)]
    this.#slicesPerHour = Math.max(1, Math.ceil(HOUR_MS / lengthMs))
  }

  add(slice: Slice): void {
    const { tallies, partitions } = slice.streams.find(({ name }) => name === this.#stream)!
    const isDeaf = missesPartition(partitions)
    const { read, synthetic, duplicates } = tallyTotals(tallies)
    const counts = tallies.cohorts.map(recordsOf) as Pair<number>
    this.#records = [this.#records[0] + counts[0], this.#records[1] + counts[1]]
    this.#hasBegun = this.#both.add(tallies)
    this.#all.add(read - synthetic - duplicates, counts, isDeaf)
    this.#cohorts.forEach((run, cohort) => run.add(counts[cohort]!, counts, isDeaf))
    if (this.#hasBegun && this.#cohorts.every(({ rule }) => rule.isTelling)) this.#tellingSlices++
    this.#hour.push(this.#silent() !== null)
    if (this.#hour.length > this.#slicesPerHour) this.#hour.shift()
  }

  get records(): { control: number; candidate: number } {
    return { control: this.#records[0], candidate: this.#records[1] }
  }

  /** Slices in which a cohort's silence would have been noticed. */
  get tellingSlices(): number {
    return this.#tellingSlices
  }

  /** In all of the last hour somebody spoke. */
  get isOver(): boolean {
    return this.#hour.every((isSilent) => !isSilent)
  }

  /** Slices that `isOver` looks at. */
  get hourSlices(): number {
    return this.#hour.length
  }

  /** @param T slices of the stream so far */
  drift(T: number): Drift | null {
    const silent = this.#silent()
    if (silent === null) return null
    const { who, run, silence } = silent
    const { quiet } = run.rule
    return {
      ...{ key: SILENT_KEY, calmKey: SILENT_KEY, start: T - quiet, direction: 'down', severity: 'critical' },
      ...{ effect: null, evidence: null, n: { control: run.others[0], candidate: run.others[1] } },
      ...(who === 'control' ? { cohort: 'control' } : {}),
      told: `${toldOf(who)} in ${whole(quiet)} slices, where ${usual(silence)} held at least ${whole(silence.held)},`,
    }
  }

  #silent(): { who: Who; run: Run; silence: Silence } | null {
    if (!this.#hasBegun) return null
    const [control, candidate] = this.#cohorts
    const of = (who: Who, run: Run) => {
      const { silence } = run.rule
      return silence === null ? null : { who, run, silence }
    }
    const all = of('stream', this.#all)
    if (all !== null) return all
    if (control.rule.silence !== null && candidate.rule.silence !== null) {
      return of('both', control.rule.quiet < candidate.rule.quiet ? control : candidate)
    }
    return of('control', control) ?? of('candidate', candidate)
  }
}

const HOUR_MS = 3_600_000

type Who = 'stream' | 'both' | 'control' | 'candidate'

/** One of those who may be silent, and what control and candidate sent meanwhile. */
class Run {
  readonly rule: SilenceRule
  others: Pair<number> = [0, 0]

  constructor(lengthMs: number) {
    this.rule = new SilenceRule(lengthMs)
  }

  add(records: number, [control, candidate]: Pair<number>, isDeaf: boolean): void {
    this.rule.add(isDeaf && records === 0 ? null : records)
    const isQuiet = this.rule.quiet > 0
    this.others = isQuiet ? [this.others[0] + control, this.others[1] + candidate] : [0, 0]
  }
}

function toldOf(who: Who): string {
  switch (who) {
    case 'stream':
      return 'the stream is silent, no record'
    case 'both':
      return 'both cohorts are silent, no record of either'
    default:
      return `the ${who} is silent, no record of it`
  }
}

function usual({ before }: Silence): string {
  return before === 'day' ? 'the same slices a day before' : 'each of the twelve before'
}
