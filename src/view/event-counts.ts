import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { Tallies } from '../pane/pane.ts'
import { tallyTotals } from '../pane/tallies.ts'

/** What became of a stream's records. read = accepted + rejected + late + synthetic; duplicates are accepted ones. */
export class EventCounts {
  readonly events = { read: 0, accepted: 0, rejected: 0, late: 0, synthetic: 0, duplicates: 0 }
  /** By reason. */
  readonly violations = new Map<string, number>()

  add(tallies: Tallies): void {
    const totals = tallyTotals(tallies)
    for (const kind of Object.keys(this.events) as (keyof typeof totals)[]) this.events[kind] += totals[kind]
    for (const { reason, counts, outside } of tallies.violations) {
      const count = counts[CONTROL].total + counts[CANDIDATE].total + outside
      this.violations.set(reason, (this.violations.get(reason) ?? 0) + count)
    }
  }
}
