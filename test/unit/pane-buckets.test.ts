import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Counted } from '../../src/pane/counted.ts'
import { OpenPane } from '../../src/pane/open-pane.ts'
import type { Cohort } from '../../src/pane/pane.ts'
import { CANDIDATE, CONTROL, OTHER } from '../../src/pane/pane.ts'
import type { StreamPlan } from '../../src/pane/plan.ts'
import { BUCKETS } from '../../src/sketch/bucket-counts.ts'
import type { BucketCounts } from '../../src/sketch/bucket-counts.ts'

const FIELD = { name: 'f', kind: 'boolean', slot: 0, range: null, vocabulary: null, required: false }
const PLAN = { fields: [FIELD], rates: [], sums: [] } as unknown as StreamPlan
const SHAPE = { kind: 'shape', schemaId: 'json', fields: [], timeUnit: null } as const
/** Its low 8 bits are 0xb7 = 183, whatever the first word and the rest say. */
const UNIT = { first: 0x12345611, second: 0xfedcbab7 }

function bucketsOf(counts: BucketCounts): number[] {
  return Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter((bucket) => counts.at(bucket) > 0)
}

/** A pane that took one record, whichever way. */
function paneWith(add: (pane: OpenPane) => void) {
  const pane = new OpenPane(PLAN, new Counted())
  add(pane)
  return pane.close()
}

describe('the bucket of a unit', () => {
  it('is the low 8 bits of the second word of its hash, wherever a record is counted', () => {
    for (const cohort of [CONTROL, CANDIDATE] as const) {
      const accepted = paneWith((pane) => pane.accept(cohort, UNIT, SHAPE, [true], false))
      assert.deepEqual(bucketsOf(accepted.cohorts[cohort].accepted), [183])
      assert.deepEqual(bucketsOf(accepted.fields[0]!.counts[cohort].trues), [183])
      const repeated = paneWith((pane) => pane.accept(cohort, UNIT, SHAPE, [true], true))
      assert.deepEqual(bucketsOf(repeated.cohorts[cohort].repeats), [183])
      const late = paneWith((pane) => pane.late(cohort, UNIT, SHAPE))
      assert.deepEqual(bucketsOf(late.cohorts[cohort].late), [183])
      const rejected = paneWith((pane) => pane.reject('bad-timestamp', 'ts', cohort, UNIT, SHAPE))
      assert.deepEqual(bucketsOf(rejected.cohorts[cohort].rejected), [183])
      assert.deepEqual(bucketsOf(rejected.violations[0]!.counts[cohort]), [183])
    }
  })

  it('is one bit of eight words where the cohort is another', () => {
    const bitsOf = (second: number, cohort: Cohort = OTHER): number[] => {
      const { violations } = paneWith((pane) => pane.reject('bad-timestamp', 'ts', cohort, { first: 0, second }, SHAPE))
      const { outsideBuckets } = violations[0]!
      return Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter(
        (bucket) => Math.floor(outsideBuckets[Math.floor(bucket / 32)]! / 2 ** (bucket % 32)) % 2 === 1,
      )
    }
    for (const bucket of [0, 1, 31, 32, 183, 254, 255]) assert.deepEqual(bitsOf(0xabcd00 + bucket), [bucket])
  })
})
