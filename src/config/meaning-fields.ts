import { reportLostDigits, reportRepeats } from './report.ts'
import type { Report } from './report.ts'
import type { DraftStream } from './meaning-streams.ts'
import type { Path } from './path.ts'
import type { Draft, RawField } from './raw.ts'
import { hasLostDigits, textOfRaw } from './text.ts'

export function checkFields(stream: DraftStream, path: Path, report: Report): void {
  const fields = stream.fields ?? []
  reportRepeats(
    fields.map((field) => field?.name),
    (at) => [...path, 'fields', at, 'name'],
    'field',
    report,
  )
  for (const [at, field] of fields.entries()) {
    if (field === undefined) continue
    const place = [...path, 'fields', at]
    if (field.name !== undefined && field.name === stream.cohort?.field) {
      report([...place, 'name'], `"${field.name}" is the cohort field: between the cohorts it always differs`)
    }
    if (field.role === 'segment' && field.kind === 'numeric') {
      report([...place, 'role'], 'a segment must be categorical or boolean: its values name groups of people')
    }
    checkRange(field, place, report)
    checkValues(field, place, report)
  }
}

function checkRange({ kind, range }: Draft<RawField>, place: Path, report: Report): void {
  if (range === undefined || range === null) return
  if (kind !== undefined && kind !== 'numeric')
    report([...place, 'range'], `range is only for numeric fields, not ${kind} ones`)
  const [low, high] = range
  if (low === undefined || high === undefined) return
  if (low === null && high === null) report([...place, 'range'], 'limits nothing: give at least one number')
  if (low !== null && high !== null && low >= high) {
    report([...place, 'range'], `the low limit ${low} must be below the high limit ${high}`)
  }
}

function checkValues({ kind, values }: Draft<RawField>, place: Path, report: Report): void {
  if (values === undefined || values === null) return
  if (kind !== undefined && kind !== 'categorical') {
    report([...place, 'values'], `values is only for categorical fields, not ${kind} ones`)
  }
  const seen = new Set<string>()
  for (const [at, value] of values.entries()) {
    if (value === undefined) continue
    const text = textOfRaw(value)
    if (hasLostDigits(value)) reportLostDigits([...place, 'values', at], report)
    // The schema has spoken where the two are equal before they become texts.
    else if (seen.has(text) && values.indexOf(value) === at) {
      report([...place, 'values', at], `"${text}" stands here twice: values compare as text`)
    }
    seen.add(text)
  }
}
