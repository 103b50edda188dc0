import type { Slice } from '../../slice/slice.ts'
import { listed, whole } from '../figures.ts'
import { subjectOf } from '../subject.ts'
import type { Subject } from '../subject.ts'
import { NOTHING_SEEN } from '../watched.ts'
import type { AlertView, Conclusion, Drift, Look, Watched } from '../watched.ts'
import type { CheckContext } from './context.ts'

const HOUR_MS = 3_600_000
const KEY = 'incomplete'

/**
 * Slices that were published although a partition did not answer in time, or whose records vanished before they were read. It
 * is an alert without a check: no cohort is to blame, so it fails nothing; but an incomplete slice that covers more than a
 * hundredth of a check's window makes that check an ERROR (statistics.md 9 and 10). In the closed list of checks its place is
 * `volume`: what was planned to be read was not.
 */
export class IncompleteWatch implements Watched {
  readonly subject: Subject
  readonly streams: readonly string[]
  readonly isListed = false
  readonly begin: number
  readonly #slicesPerHour: number
  /** What was missing, by slice of the last hour; null = nothing. */
  #hour: (string | null)[] = []
  #n = { control: 0, candidate: 0 }

  constructor({ stream, begin, config }: CheckContext) {
    this.subject = subjectOf(stream.name, 'volume', null, 'plan')
    this.streams = [stream.name]
    this.begin = begin
    this.#slicesPerHour = Math.max(1, Math.ceil(HOUR_MS / config.panes.lengthMs))
  }

  add(slice: Slice): void {
    const { partitions, tallies } = slice.streams.find(({ name }) => name === this.subject.stream)!
    const missing = partitions.flatMap(({ partition, pane, lost }) => {
      if (pane === 'incomplete') return [`nothing readable of partition ${partition} came in time`]
      return lost > 0 ? [`${whole(lost)} records of partition ${partition} were lost before they were read`] : []
    })
    const told = `${missing.length} of ${partitions.length} partitions are incomplete: ${listed(missing)}`
    this.#hour.push(missing.length === 0 ? null : told)
    if (this.#hour.length > this.#slicesPerHour) this.#hour.shift()
    this.#n = { control: tallies.cohorts[0].accepted.total, candidate: tallies.cohorts[1].accepted.total }
  }

  freeze(): boolean {
    return false
  }

  look(T: number, { isFiring }: AlertView): Look {
    const isOver = this.#hour.every((told) => told === null)
    const calm = isFiring ? isOver : null
    return { drift: this.#drift(T), calm, calmStart: isFiring ? T : null, seen: () => NOTHING_SEEN }
  }

  conclude(): Conclusion {
    return { verdict: 'INSUFFICIENT', reason: 'not a check', effect: null, n: this.#n }
  }

  #drift(T: number): Drift | null {
    const told = this.#hour.at(-1) ?? null
    if (told === null) return null
    return {
      ...{ key: KEY, calmKey: KEY, start: T - 1, direction: 'down', severity: 'warning' },
      ...{ effect: null, evidence: null, n: this.#n, told },
    }
  }
}
