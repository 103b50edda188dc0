import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AlertWatch } from '../../src/alert/alert-watch.ts'
import { wilson } from '../../src/evidence/intervals.ts'
import type { Tallies } from '../../src/pane/pane.ts'
import { BucketCounts } from '../../src/sketch/bucket-counts.ts'
import type { Slice } from '../../src/slice/slice.ts'
import type { CheckContext } from '../../src/verdict/checks/context.ts'
import { ContractWatch } from '../../src/verdict/checks/contract-watch.ts'

const LENGTH_MS = 300_000
const QUIET = { isFiring: false, mark: 0, firedNumber: 0, firedKey: '', calmKey: '' }

interface Counted {
  records: number
  /** Violations of the candidate, dealt out to so many buckets. */
  violations?: number
  buckets?: number
  /** Buckets of violating units of other cohorts, one violation each. */
  outside?: readonly number[]
}

/** All records are the control's, the violating ones the candidate's. */
function talliesOf({ records, violations = 0, buckets = 256, outside = [] }: Counted): Tallies {
  const counts = new BucketCounts()
  for (let at = 0; at < violations; at++) counts.add(at % buckets)
  const accepted = new BucketCounts()
  accepted.add(0, records - violations - outside.length)
  const none = new BucketCounts()
  const outsideBuckets = new Uint32Array(8)
  for (const bucket of outside) outsideBuckets[Math.floor(bucket / 32)]! |= 1 << (bucket % 32)
  const pair = { reason: 'bad-timestamp', field: 'ts', counts: [none, counts], outside: outside.length, outsideBuckets }
  return {
    cohorts: [
      { accepted, late: none, rejected: none },
      { accepted: none, late: none, rejected: counts },
    ],
    other: { accepted: 0, late: 0, rejected: outside.length },
    unknown: { accepted: 0, late: 0, rejected: 0 },
    violations: violations + outside.length === 0 ? [] : [pair],
  } as unknown as Tallies
}

class Run {
  readonly watch = new ContractWatch({
    stream: { name: 's' },
    budget: { levels: 10 },
    config: { panes: { lengthMs: LENGTH_MS } },
    begin: 0,
  } as unknown as CheckContext)
  number = 0

  add(counted: Counted): this {
    this.number++
    this.watch.add({ number: this.number, streams: [{ name: 's', tallies: talliesOf(counted) }] } as unknown as Slice)
    return this
  }

  get drift() {
    return this.watch.look(this.number, QUIET).drift
  }
}

/** The third slice is the first that is judged; it alone holds anything. */
const runOf = (counted: Counted): Run => new Run().add({ records: 0 }).add({ records: 0 }).add(counted)
const fires = (counted: Counted): boolean => runOf(counted).drift !== null
const first = (from: number, holds: (n: number) => boolean): number => {
  let n = from
  while (!holds(n)) n++
  return n
}

describe('a broken contract', () => {
  it('takes twenty violations from ten buckets', () => {
    assert.ok(fires({ records: 1000, violations: 20 }))
    assert.ok(!fires({ records: 1000, violations: 19 }))
    assert.ok(fires({ records: 1000, violations: 20, buckets: 10 }))
    assert.ok(!fires({ records: 1000, violations: 20, buckets: 9 }))
  })

  it('counts the buckets of other cohorts, wherever they are', () => {
    const odd = [1, 35, 69, 103, 137, 171, 205, 239, 249, 255]
    const even = [0, 34, 68, 102, 136, 170, 204, 238, 248, 254]
    // Twenty violations in all: ten of one unit of the candidate, bucket 1 or 0 again.
    for (const outside of [odd, even]) {
      const run = new Run().add({ records: 0 }).add({ records: 500, outside }).add({ records: 500, outside })
      assert.notEqual(run.drift, null, `${outside}`)
    }
  })

  it('takes a rate that is surely above one in a thousand: Wilson’s lower bound at z = 4', () => {
    const tooMany = first(1000, (records) => wilson(20, records, 4).low <= 0.001)
    assert.ok(fires({ records: tooMany - 1, violations: 20 }))
    assert.ok(!fires({ records: tooMany, violations: 20 }))
  })

  it('is critical where it is surely above four in a thousand', () => {
    const many = first(20, (violations) => wilson(violations, 5000).low >= 0.004)
    assert.equal(runOf({ records: 5000, violations: many }).drift!.severity, 'critical')
    assert.equal(runOf({ records: 5000, violations: many - 1 }).drift!.severity, 'warning')
  })

  it('is over after an hour without', () => {
    const run = runOf({ records: 1000, violations: 200 })
    const isCalm = () => run.watch.look(run.number, { ...QUIET, isFiring: true }).calm
    for (let slice = 1; slice <= 11; slice++) assert.equal(run.add({ records: 1000 }) && isCalm(), false)
    assert.equal(run.add({ records: 1000 }) && isCalm(), true)
  })

  /** The whole life of its alert, told as `slice: what`. */
  function lifeOf(slices: number, at: (slice: number) => Counted): string[] {
    const run = new Run()
    const alert = new AlertWatch(run.watch.subject, 12)
    return Array.from({ length: slices }, (_, before) => {
      const { number, watch } = run.add(at(before))
      const change = alert.step(watch.look(number, alert.view), { number, startMs: number * LENGTH_MS, endMs: (number + 1) * LENGTH_MS }) // prettier-ignore
      return change === null || change.type === 'updated' ? [] : [`${number}: ${change.type}`]
    }).flat()
  }

  /** One record in every other slice, each time another unit's. */
  const violating = (slice: number): Partial<Counted> => (slice % 2 === 0 ? { outside: [slice % 256] } : {})

  it('is one alert in a sparse stream, however long it lasts: an hour of too few records does not say that it is over', () => {
    // Five records a slice, one of ten violating: an hour of 60 records never holds twenty violations.
    const told = lifeOf(2_016, (slice) => ({ records: 5, ...violating(slice) }))
    assert.equal(told.length, 1, told.join(', '))
    assert.match(told[0]!, /firing/)
  })

  it('is over in a sparse stream once enough records came without, and fires once for one fault', () => {
    const [fired, resolved, ...others] = lifeOf(3_000, (slice) => ({ records: 20, ...(slice < 576 && violating(slice)) })) // prettier-ignore
    assert.match(fired!, /firing/)
    assert.match(resolved!, /resolved/)
    // 1,917 records without a violation are surely below two in a thousand: three blocks of 32 slices, looked at every eighth.
    assert.equal(resolved, `${576 + 96 + 11 * 8}: resolved`)
    assert.deepEqual(others, [])
  })

  it('is not over where the last hour cannot tell: neither twenty violations nor surely few of them', () => {
    const run = runOf({ records: 1000, violations: 200 })
    for (let slice = 1; slice <= 14; slice++) run.add({ records: 100, violations: slice % 3 === 0 ? 1 : 0 })
    assert.equal(run.watch.look(run.number, { ...QUIET, isFiring: true, firedNumber: 3 }).calm, null)
  })
})

describe('a kept contract', () => {
  const conclude = (counted: Counted) => runOf(counted).watch.conclude()

  it('takes a thousand records', () => {
    assert.match(conclude({ records: 999 }).reason, /too little data: 999 of at least 1,000 records/)
    assert.match(conclude({ records: 1000 }).reason, /not surely below/)
  })

  it('takes a rate that is surely below two in a thousand: Wilson’s upper bound at z = 1.96', () => {
    for (const violations of [0, 3]) {
      const enough = first(1000, (records) => wilson(violations, records).high < 0.002)
      assert.equal(conclude({ records: enough, violations }).verdict, 'PASS')
      assert.equal(conclude({ records: enough - 1, violations }).verdict, 'INSUFFICIENT')
    }
  })
})
