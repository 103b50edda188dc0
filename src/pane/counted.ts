import type { ViolationReason } from '../contract/violation.ts'
import type { Cohort } from './pane.ts'

export interface Counts {
  read: number
  /** Repeats included, by cohort: control, candidate, other, unknown. */
  accepted: [number, number, number, number]
  /** Fields set aside by reason; rejected records by reason. */
  violations: ReadonlyMap<ViolationReason, number>
  rejected: ReadonlyMap<ViolationReason, number>
  duplicates: number
  late: number
  synthetic: number
  /** Records that vanished from the log unread. */
  lost: number
  /** Of an accepted record; -Infinity before the first. */
  lastEventTimeMs: number
}

/**
 * What was counted since the last look, for `/metrics`: at classification, so that what a restart reads again and skips
 * is not counted twice.
 */
export class Counted implements Counts {
  /** accepted (repeats included) by cohort: control, candidate, other, unknown. */
  readonly accepted: [number, number, number, number] = [0, 0, 0, 0]
  readonly violations = new Map<ViolationReason, number>()
  readonly rejected = new Map<ViolationReason, number>()
  duplicates = 0
  late = 0
  synthetic = 0
  /** Records that vanished from the log unread. */
  lost = 0
  lastEventTimeMs = -Infinity

  accept(cohort: Cohort, isRepeat: boolean): void {
    this.accepted[cohort]++
    if (isRepeat) this.duplicates++
  }

  reject(reason: ViolationReason): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1)
  }

  setAside(reason: ViolationReason): void {
    this.violations.set(reason, (this.violations.get(reason) ?? 0) + 1)
  }

  /** What has come since the last `take`. */
  take(): Counts {
    const { duplicates, late, synthetic, lost, lastEventTimeMs, read } = this
    const accepted: Counts['accepted'] = [...this.accepted]
    const counts = { read, accepted, duplicates, late, synthetic, lost, lastEventTimeMs, violations: new Map(this.violations), rejected: new Map(this.rejected) } // prettier-ignore
    this.accepted.fill(0)
    this.violations.clear()
    this.rejected.clear()
    this.duplicates = this.late = this.synthetic = this.lost = 0
    return counts
  }

  /** read = accepted + rejected + late + synthetic */
  get read(): number {
    let sum = this.late + this.synthetic
    for (const count of this.accepted) sum += count
    for (const count of this.rejected.values()) sum += count
    return sum
  }
}
