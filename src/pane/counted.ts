import { VIOLATION_REASONS } from '../contract/violation.ts'
import type { ViolationReason } from '../contract/violation.ts'
import type { Cohort } from './pane.ts'

/**
 * What was counted since the last look, for `/metrics`: at classification, so that what a restart reads again and skips
 * is not counted twice.
 */
export class Counted {
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

  constructor() {
    for (const reason of VIOLATION_REASONS) this.violations.set(reason, 0)
  }

  accept(cohort: Cohort, isRepeat: boolean): void {
    this.accepted[cohort]!++
    if (isRepeat) this.duplicates++
  }

  reject(reason: ViolationReason): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1)
  }

  violate(reason: ViolationReason): void {
    this.violations.set(reason, this.violations.get(reason)! + 1)
  }

  /** read = accepted + rejected + late + synthetic */
  get read(): number {
    let sum = this.late + this.synthetic
    for (const count of this.accepted) sum += count
    for (const count of this.rejected.values()) sum += count
    return sum
  }
}
