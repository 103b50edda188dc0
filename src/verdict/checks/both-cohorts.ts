import type { Tallies } from '../../pane/pane.ts'
import { recordsOf } from '../presence.ts'

/** The rollout has begun with the first slice by which both cohorts have been seen; until then nobody can be missing. */
export class BothCohorts {
  readonly #seen = [false, false]

  /** Whether it has begun, this slice included. */
  add({ cohorts }: Tallies): boolean {
    cohorts.forEach((cohort, at) => (this.#seen[at] ||= recordsOf(cohort) > 0))
    return this.#seen.every((isSeen) => isSeen)
  }
}
