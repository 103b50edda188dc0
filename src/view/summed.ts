import type { EngagementConfig, StreamConfig } from '../config/shape.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { addFraction, noFraction } from './fraction.ts'
import type { Fraction } from './fraction.ts'
import { decodeWindow, encodeWindow } from './field-window-codec.ts'
import { FieldWindow } from './field-window.ts'
import type { PartialSlice } from './partial-slice.ts'

/**
 * What is added up over slices for a question about one field or engagement metric. Sums of an hour are kept as bytes beside
 * the slices; merging them equals adding its slices, exactly.
 */
export interface Summed<Sums> {
  /** Position among the stream's fields and, behind them, its metrics. */
  column: number
  empty(): Sums
  add(sums: Sums, slice: PartialSlice): void
  merge(into: Sums, from: Sums): void
  encode(sums: Sums): Uint8Array
  decode(bytes: Uint8Array): Sums
}

export function summedField(stream: StreamConfig, position: number): Summed<FieldWindow> {
  const { kind } = stream.fields[position]!
  return {
    column: position,
    empty: () => new FieldWindow(kind),
    add: (sums, slice) => sums.add(slice.cohorts(stream.name), slice.field(stream.name, position)),
    merge: (into, from) => into.merge(from),
    encode: encodeWindow,
    decode: (bytes) => decodeWindow(kind, bytes),
  }
}

export type Fractions = [control: Fraction, candidate: Fraction]

export function summedMetric(
  stream: StreamConfig,
  metric: EngagementConfig,
  plans: ReadonlyMap<string, StreamPlan>,
): Summed<Fractions> {
  const cohorts = [CONTROL, CANDIDATE] as const
  return {
    column: stream.fields.length + stream.engagement.indexOf(metric),
    empty: () => [noFraction(), noFraction()],
    add: (sums, slice) => cohorts.forEach((cohort) => addFraction(sums[cohort], metric, stream, plans, slice, cohort)),
    merge: (into, from) =>
      cohorts.forEach((cohort) => {
        for (const name of ['numerator', 'denominator', 'events'] as const) into[cohort][name] += from[cohort][name]
      }),
    encode: (sums) => Buffer.from(JSON.stringify(sums)),
    decode: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Fractions,
  }
}

/** Every column of a stream, in order. */
export function summedColumns(
  stream: StreamConfig,
  plans: ReadonlyMap<string, StreamPlan>,
): readonly (Summed<FieldWindow> | Summed<Fractions>)[] {
  const fields = stream.fields.map((_, position) => summedField(stream, position))
  return [...fields, ...stream.engagement.map((metric) => summedMetric(stream, metric, plans))]
}
