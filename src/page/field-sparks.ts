import type { StreamFacts, StreamTrails, TrailPoint } from '../http/facts.ts'
import type { Spark } from './chart/spark.ts'

/** What a field was in the last two days, in lines as high as a letter. */
export interface FieldSparks {
  /** Null where there is nothing to see. */
  valueSpark: Spark | null
  missingSpark: Spark | null
  points: Record<'control' | 'candidate', readonly TrailPoint[]>
}

export function fieldSparks(
  { fields, toMs }: Pick<StreamFacts, 'fields' | 'toMs'>,
  trails: StreamTrails | null,
  position: number,
): FieldSparks {
  const trail = trails?.fields[position]
  if (trails === null || trail === undefined)
    return { valueSpark: null, missingSpark: null, points: { control: [], candidate: [] } }
  const count = wholeSteps(trails, toMs)
  const of = (key: 'value' | 'missingShare') => ({
    a: trail.control.slice(0, count).map((point) => point[key]),
    b: trail.candidate.slice(0, count).map((point) => point[key]),
  })
  const [values, missing] = [of('value'), of('missingShare')]
  const largest = ({ a, b }: { a: (number | null)[]; b: (number | null)[] }): number =>
    [...a, ...b].reduce<number>((max, value) => Math.max(max, Math.abs(value ?? 0)), 0)
  // A tenth of a mean, five points of a share, half a point of what is missing: less is no change to draw.
  const spanMin = fields[position]!.kind === 'numeric' ? largest(values) * 0.1 : 0.05
  return {
    valueSpark: { ...values, spanMin },
    missingSpark: largest(missing) > 0 ? { ...missing, spanMin: 0.005 } : null,
    points: trail,
  }
}

/** A few minutes of an hour are noise beside whole ones. */
export function wholeSteps({ startsMs, stepMs }: StreamTrails, toMs: number | null): number {
  const isHalf = startsMs.length > 3 && toMs !== null && toMs - startsMs.at(-1)! < stepMs / 2
  return startsMs.length - (isHalf ? 1 : 0)
}
