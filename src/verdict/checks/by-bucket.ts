import type { CohortTallies, FieldCounts, Pair } from '../../pane/pane.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import type { BucketCounts } from '../../sketch/bucket-counts.ts'

/** A number per unit bucket, of control and of candidate. */
export type ByBucket = Pair<Float64Array>

export function sumByBucket(plus: readonly BucketCounts[], minus: readonly BucketCounts[] = []): Float64Array {
  const sum = new Float64Array(BUCKETS)
  for (const counts of plus) counts.addTo(sum)
  for (const counts of minus) counts.addTo(sum, -1)
  return sum
}

/** Values of a field: accepted records that hold one, finite where it is a number. */
export function valuesByBucket({ accepted }: CohortTallies, counts: FieldCounts): Float64Array {
  const { nulls, absent, nan, infinite, aside } = counts
  return sumByBucket([accepted], [nulls, absent, nan, infinite, aside])
}

/** Records of a cohort: accepted, late and rejected; repeats aside. */
export function recordsByBucket({ accepted, late, rejected }: CohortTallies): Float64Array {
  return sumByBucket([accepted, late, rejected])
}
