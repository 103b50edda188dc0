import type { StreamPlan } from '../pane/plan.ts'

/** Slots whose values are compared as text: an id of nineteen digits must not become its neighbour. */
export function exactSlots(plan: StreamPlan): readonly number[] {
  const slots = [
    plan.idSlot,
    plan.unitSlot,
    plan.syntheticSlot,
    plan.cohort.slot,
    ...plan.rates.map(({ slot }) => slot),
    ...plan.fields.filter(({ kind }) => kind === 'categorical').map(({ slot }) => slot),
  ]
  return [...new Set(slots.filter((slot) => slot >= 0))]
}

/** Parses again, with integers beyond 2^53 as bigints. Slow, so only for a record that has one where it matters. */
export function parseExact(text: string): unknown {
  return (JSON.parse as ParseWithSource)(text, (_key, value, { source }) => {
    const isInexact = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
    return isInexact && INTEGER.test(source) ? BigInt(source) : value
  })
}

type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { source: string }) => unknown,
) => unknown

const INTEGER = /^-?\d+$/
