import { COMPLEX } from '../decode/decoder.ts'
import type { SlotValue } from '../decode/decoder.ts'
import { textOf } from '../decode/text.ts'
import { canonicalJson } from '../ledger/canonical-json.ts'
import type { StreamPlan } from '../pane/plan.ts'

/**
 * Who is randomised. Without `unit`, or where its value cannot be read, the id stands for it: then every event is its own
 * unit. Without an id either, the canonical JSON of what was decoded: equal events are one unit, which errs on the safe side.
 */
export function unitReader(plan: StreamPlan): (values: readonly SlotValue[]) => string {
  const { unitSlot, idSlot, paths } = plan
  return (values) => {
    const unit = unitSlot < 0 ? null : textOf(values[unitSlot])
    if (unit !== null) return unit
    const id = idSlot < 0 ? null : textOf(values[idSlot])
    return id ?? wholeEvent(paths, values)
  }
}

function wholeEvent(paths: readonly string[], values: readonly SlotValue[]): string {
  const fields: [string, string | number | boolean | null][] = []
  for (let slot = 0; slot < paths.length; slot++) {
    const value = values[slot]
    if (value === undefined || value === COMPLEX) continue
    fields.push([paths[slot]!, canonicalValue(value)])
  }
  return canonicalJson(Object.fromEntries(fields))
}

/** What canonical JSON has no form for, as text: big integers, NaN, infinities, half of a surrogate pair. */
function canonicalValue(value: Exclude<SlotValue, undefined | typeof COMPLEX>): string | number | boolean | null {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return String(value)
  return value
}
