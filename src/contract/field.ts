import { COMPLEX } from '../decode/decoder.ts'
import type { SlotValue } from '../decode/decoder.ts'
import { textOf } from '../decode/text.ts'
import type { FieldPlan } from '../pane/plan.ts'
import type { SettingAsideReason } from './violation.ts'

/**
 * What a value breaks of its field's contract; null = nothing. Strings are never coerced, 0 and 1 are not booleans.
 * A required value that is null or absent is reported here and is counted as missing too.
 */
export function fieldViolation(field: FieldPlan, value: SlotValue): SettingAsideReason | null {
  if (value === undefined || value === null) return field.required ? 'missing-required' : null
  if (!hasKind(field, value)) return 'wrong-type'
  if (field.vocabulary !== null && !field.vocabulary.has(textOf(value)!)) return 'not-in-values'
  return null
}

function hasKind(field: FieldPlan, value: SlotValue): boolean {
  switch (field.kind) {
    case 'numeric':
      return typeof value === 'number' || typeof value === 'bigint'
    case 'boolean':
      return typeof value === 'boolean'
    case 'categorical':
      return value !== COMPLEX
  }
}
