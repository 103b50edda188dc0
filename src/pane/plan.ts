import type { Config, EngagementConfig, FieldConfig, StreamConfig } from '../config/shape.ts'

/**
 * What one stream's configuration asks of a single event, worked out once: every path that is read gets a slot.
 * The decoder fills `values[slot]`; the steps after it only look at slots.
 */
export interface StreamPlan {
  stream: string
  topic: string
  format: 'avro' | 'json'
  /** Distinct dotted paths, in slot order. */
  paths: readonly string[]
  time: { slot: number; field: string; unit: 'ms' | 's' | 'us' | 'iso8601' | null }
  /** -1 = not configured, for these three. */
  idSlot: number
  unitSlot: number
  syntheticSlot: number
  syntheticEquals: string
  salt: string
  cohort: { slot: number; field: string; control: ReadonlySet<string>; candidate: ReadonlySet<string> }
  fields: readonly FieldPlan[]
  /** Counted numerators: accepted events whose value equals the text. */
  rates: readonly { name: string; slot: number; equals: string }[]
  /** Summed numerators that any metric of any stream needs from this stream. */
  sums: readonly { field: string; slot: number }[]
}

export interface FieldPlan extends FieldConfig {
  slot: number
  /** Declared vocabulary as a set, or null. */
  vocabulary: ReadonlySet<string> | null
}

export function planStream(stream: StreamConfig, config: Pick<Config, 'streams'>): StreamPlan {
  const paths: string[] = []
  const slotOf = (path: string): number => {
    const at = paths.indexOf(path)
    return at >= 0 ? at : paths.push(path) - 1
  }
  return {
    stream: stream.name,
    topic: stream.topic,
    format: stream.format,
    paths,
    time: { slot: slotOf(stream.eventTime.field), field: stream.eventTime.field, unit: stream.eventTime.unit },
    cohort: {
      slot: slotOf(stream.cohort.field),
      field: stream.cohort.field,
      control: new Set(stream.cohort.control),
      candidate: new Set(stream.cohort.candidate),
    },
    idSlot: stream.id === null ? -1 : slotOf(stream.id),
    unitSlot: stream.unit === null ? -1 : slotOf(stream.unit),
    syntheticSlot: stream.synthetic === null ? -1 : slotOf(stream.synthetic.field),
    syntheticEquals: stream.synthetic?.equals ?? '',
    salt: stream.salt,
    fields: stream.fields.map((field) => ({
      ...field,
      slot: slotOf(field.name),
      vocabulary: field.values === null ? null : new Set(field.values),
    })),
    rates: stream.engagement
      .filter((metric) => metric.kind === 'rate')
      .map((metric) => ({ name: metric.name, slot: slotOf(metric.field), equals: metric.equals })),
    sums: summedFields(stream.name, config).map((field) => ({ field, slot: slotOf(field) })),
  }
}

/** Fields of `stream` that some ratio metric, of this stream or of another, sums up. Sorted, so that panes never depend on order of appearance. */
function summedFields(stream: string, config: Pick<Config, 'streams'>): string[] {
  const metrics: EngagementConfig[] = config.streams.flatMap((each) => [...each.engagement])
  const fields = metrics.flatMap((metric) =>
    metric.kind === 'ratio' && metric.numerator.stream === stream && metric.numerator.sum !== null
      ? [metric.numerator.sum]
      : [],
  )
  return [...new Set(fields)].sort()
}
