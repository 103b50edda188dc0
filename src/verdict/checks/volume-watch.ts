import type { Slice } from '../../slice/slice.ts'
import { DriftWatch } from '../drift-watch.ts'
import { whole } from '../figures.ts'
import { SILENT_SLICES } from '../silence-rule.ts'
import { subjectOf } from '../subject.ts'
import type { Subject } from '../subject.ts'
import { NOTHING_SEEN } from '../watched.ts'
import type { AlertView, Conclusion, Look, Watched } from '../watched.ts'
import type { CheckContext } from './context.ts'
import { SILENT_KEY, SilenceWatch } from './silence-watch.ts'
import { VolumeCheck } from './volume-check.ts'

/**
 * volume: records per planned share, and who has fallen silent (statistics.md 10). One alert for both: a candidate that stops is
 * seen by the ladder at once and by silence a little later, and must not page twice. It calms down by what it fired for.
 *
 * Without an allocation there are no shares, and silence alone is judged.
 */
export class VolumeWatch implements Watched {
  readonly subject: Subject
  readonly streams: readonly string[]
  readonly isListed = true
  readonly begin: number
  readonly #ladder: DriftWatch | null
  readonly #silence: SilenceWatch

  constructor(context: CheckContext) {
    const { stream, config, budget, begin } = context
    this.subject = subjectOf(stream.name, 'volume')
    this.streams = [stream.name]
    this.begin = begin
    this.#ladder =
      stream.allocation === null ? null : new DriftWatch(new VolumeCheck(context, this.subject), budget.looks)
    this.#silence = new SilenceWatch(stream.name, config.panes.lengthMs)
  }

  add(slice: Slice): void {
    this.#ladder?.add(slice)
    this.#silence.add(slice)
  }

  freeze(): boolean {
    return false
  }

  look(T: number, alert: AlertView): Look {
    const silent = this.#silence.drift(T)
    const look = this.#ladder?.look(T, alert) ?? NOTHING
    if (!alert.isFiring) return { ...look, drift: silent ?? look.drift }
    if (alert.firedKey !== SILENT_KEY) {
      // Nobody can be well who does not speak.
      return silent === null ? look : { ...look, drift: silent, calm: false }
    }
    const { isOver, hourSlices } = this.#silence
    return { ...look, drift: silent, calm: isOver, calmStart: T - hourSlices }
  }

  conclude(): Conclusion {
    return this.#ladder?.conclude() ?? this.#concludeSilence()
  }

  #concludeSilence(): Conclusion {
    const { tellingSlices, records } = this.#silence
    const known = { effect: null, n: records }
    const unplanned = 'no allocation is planned, so records per share are not judged'
    if (tellingSlices < SILENT_SLICES) {
      const reason = `too little data to notice silence: each of twelve slices must hold 100 records of each cohort; ${unplanned}`
      return { verdict: 'INSUFFICIENT', reason, ...known }
    }
    const slices = `in ${whole(tellingSlices)} slices that are busy enough to tell`
    return { verdict: 'PASS', reason: `neither the stream nor a cohort is silent, ${slices}; ${unplanned}`, ...known }
  }
}

const NOTHING: Look = { drift: null, calm: null, calmStart: null, seen: () => NOTHING_SEEN }
