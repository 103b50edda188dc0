import type { CheckName } from '../verdict/check.ts'
import type { DraftStream } from './meaning-streams.ts'

export interface DeclaredCheck {
  check: CheckName
  /** null where the check has none; the metric's name for engagement. */
  field: string | null
}

/** The checks a stream's configuration asks for (contracts.md 2), built or not: what `policy` may name. */
export function declaredChecks(stream: DraftStream): DeclaredCheck[] {
  return [...wholeStreamChecks(stream), ...fieldChecks(stream), ...engagementChecks(stream), ...schemaChecks(stream)]
}

function wholeStreamChecks(stream: DraftStream): DeclaredCheck[] {
  const checks: CheckName[] = ['volume', 'cross-cohort', 'lateness', 'schema']
  // Without a plan there is nothing to hold the ratio against; without an id nothing can be seen to repeat.
  if (stream.allocation) checks.push('sample-ratio')
  if (stream.id) checks.push('duplicates')
  return checks.map((check) => ({ check, field: null }))
}

function fieldChecks(stream: DraftStream): DeclaredCheck[] {
  const counted = new Set((stream.engagement ?? []).map((metric) => metric?.rate?.field))
  return (stream.fields ?? []).flatMap((field) => {
    if (field?.name === undefined || field.kind === undefined) return []
    const checks: CheckName[] = ['missing']
    if (field.role === 'segment') checks.push('representation')
    // A boolean that an engagement rate counts is judged there only.
    else if (field.kind !== 'boolean' || !counted.has(field.name)) checks.push(field.kind)
    if (field.kind === 'numeric') checks.push('range')
    return checks.map((check) => ({ check, field: field.name! }))
  })
}

function engagementChecks(stream: DraftStream): DeclaredCheck[] {
  return (stream.engagement ?? []).flatMap((metric) =>
    metric?.name === undefined ? [] : [{ check: 'engagement', field: metric.name }],
  )
}

/** A violation names the field it was found on: any that is read. */
function schemaChecks(stream: DraftStream): DeclaredCheck[] {
  const time = typeof stream.eventTime === 'object' ? stream.eventTime.field : stream.eventTime
  const fields = (stream.fields ?? []).map((field) => field?.name)
  const rates = (stream.engagement ?? []).map((metric) => metric?.rate?.field)
  const names = [...fields, ...rates, time, stream.cohort?.field, stream.id, stream.unit, stream.synthetic?.field]
  return [...new Set(names)].flatMap((field) => (field ? [{ check: 'schema', field }] : []))
}
