import type { FieldConfig, StreamConfig } from '../config/shape.ts'

/**
 * The part of a stream's configuration that gives its figures their meaning. Where it reads from, which of its events are
 * control and which candidate, and how units are hashed is not: a release names another candidate, and is still compared with
 * what was before.
 */
export interface StreamShape {
  eventTime: { field: string; unit: string | null }
  id: string | null
  synthetic: { field: string; equals: string } | null
  fields: { name: string; kind: FieldConfig['kind']; range: [number, number] | null; values: string[] | null }[]
  rates: { name: string; field: string; equals: string }[]
}

export function shapeOf({ eventTime, id, synthetic, fields, engagement }: StreamConfig): StreamShape {
  return {
    eventTime: { field: eventTime.field, unit: eventTime.unit },
    id,
    synthetic: synthetic === null ? null : { field: synthetic.field, equals: synthetic.equals },
    fields: fields.map(({ name, kind, range, values }) => ({
      ...{ name, kind, range: range === null ? null : [range[0], range[1]] },
      values: values === null ? null : [...new Set(values)].sort(),
    })),
    rates: engagement.flatMap((metric) =>
      metric.kind === 'rate' ? [{ name: metric.name, field: metric.field, equals: metric.equals }] : [],
    ),
  }
}
