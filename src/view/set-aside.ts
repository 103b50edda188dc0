import { SETTING_ASIDE_REASONS } from '../contract/violation.ts'
import type { SettingAsideReason } from '../contract/violation.ts'
import type { SetAsideFacts } from '../http/facts.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { Tallies } from '../pane/pane.ts'

/**
 * Which fields were set aside, why, in whose records, and when last. The records themselves are accepted, and panes keep no
 * offsets: the five minutes of the last one are as near as can be told. As many as there are fields times reasons, at most.
 */
export class SetAsideBook {
  private readonly found = new Map<string, SetAsideFacts>()

  add({ violations }: Pick<Tallies, 'violations'>, startMs: number, lengthMs: number): void {
    for (const { reason, field, counts, outside } of violations) {
      if (!isSettingAside(reason)) continue
      const key = JSON.stringify([reason, field])
      const before = this.found.get(key)
      this.found.set(key, {
        reason,
        field,
        control: (before?.control ?? 0) + counts[CONTROL].total,
        candidate: (before?.candidate ?? 0) + counts[CANDIDATE].total,
        other: (before?.other ?? 0) + outside,
        lastFromMs: startMs,
        lastToMs: startMs + lengthMs,
      })
    }
  }

  /** Most frequent first. */
  facts(): SetAsideFacts[] {
    return [...this.found.values()].sort((one, other) => countOf(other) - countOf(one))
  }
}

function isSettingAside(reason: string): reason is SettingAsideReason {
  return (SETTING_ASIDE_REASONS as readonly string[]).includes(reason)
}

function countOf({ control, candidate, other }: SetAsideFacts): number {
  return control + candidate + other
}
