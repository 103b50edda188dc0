import { digestOf } from '../ledger/digest.ts'
import type { Digest } from '../ledger/digest.ts'
import type { Config, EngagementConfig, FieldConfig, PaneConfig, PaneShape, StreamConfig } from './shape.ts'
import type { StreamGroup } from './stream-groups.ts'

/**
 * Digest of exactly the keys that shape a group's panes. Two instances with the same digest make the same
 * panes of the same log; every other key may change at any time.
 *
 * Lists of cohort values and vocabularies are sets: sorted here. Fields and metrics are numbered by their order in panes,
 * so their order counts. Where and when reading starts, roles, plans and policy shape no pane.
 */
export function paneConfigDigest(group: StreamGroup, config: Pick<Config, 'panes' | 'limits'>): Digest {
  return digestOf(paneConfigOf(group, config))
}

export function paneConfigOf(group: StreamGroup, { panes, limits }: Pick<Config, 'panes' | 'limits'>): PaneConfig {
  return {
    paneConfig: 'evenkeel.pane-config/v1',
    panes: { lengthMs: panes.lengthMs, latenessMs: panes.latenessMs, aheadMs: panes.aheadMs },
    limits: { recordBytes: limits.recordBytes },
    streams: group.streams.map(shapeOfStream),
  }
}

function shapeOfStream(stream: StreamConfig): PaneShape {
  return {
    name: stream.name,
    topic: stream.topic,
    format: stream.format,
    eventTime: { field: stream.eventTime.field, unit: stream.eventTime.unit },
    id: stream.id,
    unit: stream.unit,
    salt: stream.salt,
    cohort: {
      field: stream.cohort.field,
      control: asSet(stream.cohort.control),
      candidate: asSet(stream.cohort.candidate),
    },
    synthetic: stream.synthetic === null ? null : { field: stream.synthetic.field, equals: stream.synthetic.equals },
    fields: stream.fields.map(shapeOfField),
    engagement: stream.engagement.map(shapeOfMetric),
  }
}

function shapeOfField(field: FieldConfig): PaneShape['fields'][number] {
  return {
    name: field.name,
    kind: field.kind,
    range: field.range === null ? null : [field.range[0], field.range[1]],
    values: field.values === null ? null : asSet(field.values),
    required: field.required,
  }
}

function shapeOfMetric(metric: EngagementConfig): EngagementConfig {
  if (metric.kind === 'rate') return { name: metric.name, kind: 'rate', field: metric.field, equals: metric.equals }
  const { stream, sum } = metric.numerator
  return { name: metric.name, kind: 'ratio', numerator: { stream, sum }, per: metric.per }
}

function asSet(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}
