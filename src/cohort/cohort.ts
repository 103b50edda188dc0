import { textOf } from '../decode/text.ts'
import type { SlotValue } from '../decode/decoder.ts'
import { CANDIDATE, CONTROL, OTHER, UNKNOWN } from '../pane/pane.ts'
import type { Cohort } from '../pane/pane.ts'
import type { StreamPlan } from '../pane/plan.ts'

/** Whose data a record is. A value that is configured nowhere is cohort `other`, and no violation; an unreadable one is. */
export function cohortReader(cohort: StreamPlan['cohort']): (value: SlotValue) => Cohort {
  const byText = new Map<string, Cohort>()
  for (const text of cohort.candidate) byText.set(text, CANDIDATE)
  for (const text of cohort.control) byText.set(text, CONTROL)
  return (value) => {
    const text = typeof value === 'string' ? value : textOf(value)
    return text === null ? UNKNOWN : (byText.get(text) ?? OTHER)
  }
}
