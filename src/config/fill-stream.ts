import { parseInstant } from './instant.ts'
import type { RawField, RawMetric, RawStream } from './raw.ts'
import type { EngagementConfig, FieldConfig, StreamConfig } from './shape.ts'
import { listOf, textOfRaw } from './text.ts'

export function fillStream(raw: RawStream, prefix: string): StreamConfig {
  return {
    name: raw.name,
    topic: raw.topic,
    start: fillStart(raw.start ?? 'latest'),
    format: raw.format,
    eventTime: fillEventTime(raw),
    id: raw.id ?? null,
    unit: raw.unit ?? null,
    salt: raw.salt === undefined ? prefix : textOfRaw(raw.salt),
    cohort: {
      field: raw.cohort.field,
      control: listOf(raw.cohort.control).map(textOfRaw),
      candidate: listOf(raw.cohort.candidate).map(textOfRaw),
    },
    allocation: fillAllocation(raw.allocation),
    synthetic: raw.synthetic ? { field: raw.synthetic.field, equals: textOfRaw(raw.synthetic.equals) } : null,
    fields: (raw.fields ?? []).map(fillField),
    engagement: (raw.engagement ?? []).map((metric) => fillMetric(metric, raw.name)),
  }
}

function fillStart(start: string): StreamConfig['start'] {
  return start === 'latest' || start === 'earliest' ? start : parseInstant(start)!
}

function fillEventTime({ eventTime, format }: RawStream): StreamConfig['eventTime'] {
  const { field, unit } = typeof eventTime === 'string' ? { field: eventTime } : eventTime
  // Avro's logical type knows the unit; JSON has nothing that could.
  return { field, unit: unit ?? (format === 'json' ? 'ms' : null) }
}

function fillAllocation(raw: RawStream['allocation']): StreamConfig['allocation'] {
  if (raw === undefined || raw === null) return null
  if (!Array.isArray(raw)) return [{ fromMs: -Infinity, control: raw.control, candidate: raw.candidate }]
  return raw.map(({ from, control, candidate }) => ({ fromMs: parseInstant(from)!, control, candidate }))
}

function fillField(raw: RawField): FieldConfig {
  return {
    name: raw.name,
    kind: raw.kind,
    role: raw.role ?? 'feature',
    // No limit on a side is the largest double there is: an infinity is always out of range (statistics.md 10).
    range: raw.range ? [raw.range[0] ?? -Number.MAX_VALUE, raw.range[1] ?? Number.MAX_VALUE] : null,
    values: raw.values ? raw.values.map(textOfRaw) : null,
    required: raw.required ?? false,
  }
}

function fillMetric({ name, rate, ratio }: RawMetric, stream: string): EngagementConfig {
  if (rate !== undefined) return { name, kind: 'rate', field: rate.field, equals: textOfRaw(rate.equals) }
  const { sum, count, per } = ratio!
  const streamOf = (written: string): string => (written === 'events' ? stream : written)
  const numerator =
    sum === undefined
      ? { stream: streamOf(count!), sum: null }
      : typeof sum === 'string'
        ? { stream, sum }
        : { stream: streamOf(sum.stream), sum: sum.field }
  return { name, kind: 'ratio', numerator, per: streamOf(per) }
}
