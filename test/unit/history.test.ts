import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { POLICY_DEFAULTS } from '../../src/config/defaults.ts'
import type { History } from '../../src/http/facts.ts'
import { CANDIDATE, CONTROL } from '../../src/pane/pane.ts'
import type { Tallies } from '../../src/pane/pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import { createTallies } from '../../src/pane/tallies.ts'
import { encodeSlice } from '../../src/slice/codec.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { fieldHistory, stepOf } from '../../src/view/history.ts'
import type { HistoryScope } from '../../src/view/history.ts'
import { SliceView } from '../../src/view/slice-view.ts'
import { StreamTrail } from '../../src/view/stream-trail.ts'
import { fakeMark } from '../support/fake-facts.ts'
import { streamConfig } from '../support/streams.ts'

const MINUTE = 60_000
const SLICE = 5 * MINUTE
const HOUR = 60 * MINUTE
const stream = streamConfig({
  engagement: [{ name: 'click_rate', kind: 'rate', field: 'clicked', equals: 'true' }],
})
const plans = new Map([[stream.name, planStream(stream, { streams: [stream] })]])

describe('a field over time', () => {
  it('is cut at whole hours since 1970, both cohorts beside each other, and says nothing where no slice is', async () => {
    const scope = await scopeOf([0, 11, 12, 36].map((at) => slice(at, (tallies) => prices(tallies, 10, 11 + at))))
    const { buckets, ...of } = await asked(scope, { stepMs: HOUR })
    assert.deepEqual({ ...of, marks: 0 }, {
      stream: 'impressions', field: 'price', kind: 'numeric', measure: 'mean', category: null, thresholds: { change: 0.03, missing: 0.005 }, stepMs: HOUR, fromMs: 0, toMs: 4 * HOUR, marks: 0,
    }) // prettier-ignore
    assert.deepEqual(
      buckets.map(({ startMs, endMs, slices }) => [startMs / HOUR, endMs / HOUR, slices]),
      [[0, 1, 2], [1, 2, 1], [3, 4, 1]],
    ) // prettier-ignore
    const [first] = buckets
    assert.equal(first!.control.count, 1200)
    assert.ok(Math.abs(first!.control.value! - 10) < 0.05)
    assert.ok(Math.abs(first!.candidate.value! - (11 + 22) / 2) < 0.1)
    assert.ok(first!.candidate.quantiles!['0.9']! > first!.candidate.quantiles!['0.5']!)
  })

  it('has the difference with an interval that the noise of its values explains', async () => {
    const scope = await scopeOf([slice(0, (tallies) => prices(tallies, 10, 20, [0, 2]))])
    const { estimate, low, high } = (await asked(scope, {})).buckets[0]!.difference!
    // 600 values of 0 ± 1 around 10 and 20: each mean has a standard error of 1/√599.
    assert.ok(Math.abs(estimate - 10) < 0.05)
    const half = 1.96 * Math.sqrt(2 / 599)
    assert.ok(Math.abs(estimate - low! - half) < 0.02 && Math.abs(high! - estimate - half) < 0.02)
  })

  it('says how far the values moved, as the check measures it: by rank, so that one huge value moves nothing', async () => {
    const scope = await scopeOf([
      slice(0, (tallies) => {
        prices(tallies, 10, 20, [0, 2])
        tallies.cohorts[CONTROL].accepted.add(0, 1)
        tallies.fields[0]!.histograms![CONTROL].add(1e9)
      }),
    ])
    const [bucket] = (await asked(scope, {})).buckets
    assert.ok(bucket!.difference!.estimate < -1e6)
    // Every value of the candidate lies above all but one of 601.
    assert.ok(Math.abs(bucket!.shift!.estimate - 599 / 601) < 1e-9, `${bucket!.shift!.estimate}`)
  })

  it('is the share of one category, where one is asked for, and unknown where the name may be among others', async () => {
    const scope = await scopeOf([
      slice(0, (tallies) => {
        for (const [cohort, names] of [[CONTROL, ['DE', 'FR', 'FR', 'FR']], [CANDIDATE, ['DE', 'DE', 'DE', 'FR']]] as const) {
          tallies.cohorts[cohort].accepted.add(0, 4)
          for (const each of names) tallies.fields[1]!.categories![cohort].add(each)
        }
      }),
      slice(12, (tallies) => {
        tallies.cohorts[CONTROL].accepted.add(0, 2_000)
        tallies.cohorts[CANDIDATE].accepted.add(0, 1)
        for (let at = 0; at < 2_000; at++) tallies.fields[1]!.categories![CONTROL].add(`name ${at}`)
        tallies.fields[1]!.categories![CANDIDATE].add('FR')
      }),
    ]) // prettier-ignore
    const { measure, category, thresholds, buckets } = await asked(scope, { field: 'country', category: 'DE', stepMs: HOUR }) // prettier-ignore
    assert.deepEqual([measure, category, thresholds.change], ['share of category', 'DE', 0.01])
    assert.deepEqual(buckets.map(({ control, candidate }) => [control.value, candidate.value]), [[0.25, 0.75], [null, 0]]) // prettier-ignore
    assert.deepEqual([buckets[0]!.difference!.estimate, buckets[1]!.difference, buckets[0]!.shift], [0.5, null, null])
    const unasked = await asked(scope, { field: 'country' })
    assert.deepEqual([unasked.measure, unasked.category, unasked.buckets[0]!.control.value], ['none', null, null])
  })

  it('has its missing values, as a share and as a difference', async () => {
    const scope = await scopeOf([
      slice(0, (tallies) => {
        prices(tallies, 1, 1)
        tallies.cohorts[CANDIDATE].accepted.add(0, 400)
        tallies.fields[0]!.counts[CANDIDATE].nulls.add(0, 400)
      }),
    ])
    const [bucket] = (await asked(scope, {})).buckets
    assert.deepEqual([bucket!.control.missingShare, bucket!.candidate.missingShare], [0, 0.4])
    const { estimate, low, high } = bucket!.missingDifference!
    assert.ok(estimate === 0.4 && low! > 0.35 && high! < 0.45)
  })

  it('may be an engagement metric', async () => {
    const scope = await scopeOf([
      slice(0, (tallies) => {
        for (const cohort of [CONTROL, CANDIDATE] as const) {
          tallies.cohorts[cohort].accepted.add(0, 1000)
          tallies.cohorts[cohort].rates[0]!.add(0, 100 + 50 * cohort)
        }
      }),
    ])
    const { kind, measure, buckets } = await asked(scope, { field: 'click_rate' })
    assert.deepEqual([kind, measure, buckets[0]!.candidate.value], ['rate', 'rate', 0.15])
    assert.ok(buckets[0]!.difference!.low! > 0.02)
  })

  it('bears the marks of its alerts inside the range, and of no other field', async () => {
    const marks = [fakeMark('price', 'firing'), fakeMark('country', 'firing')].map((mark) => ({ ...mark, atMs: SLICE }))
    const scope = { ...(await scopeOf([slice(0), slice(1)])), marks }
    assert.deepEqual(
      (await asked(scope, {})).marks.map(({ field }) => field),
      ['price'],
    )
    const later = await asked(scope, { fromMs: SLICE, stepMs: SLICE })
    assert.deepEqual(later.marks, [])
  })

  it('names what is kept where nothing lies in the range', async () => {
    const scope = await scopeOf([slice(3)])
    const answer = await fieldHistory(scope, { ...QUERY, fromMs: HOUR, toMs: 2 * HOUR }, new AbortController().signal)
    assert.deepEqual(answer, { kind: 'nothing-in-range', keptFromMs: 3 * SLICE, keptToMs: 4 * SLICE })
  })
})

describe('the width of a bucket', () => {
  it('is a round one that gives at most 60 when nobody asks for one', () => {
    assert.equal(stepOf(48 * HOUR, null, SLICE), HOUR)
    assert.equal(stepOf(HOUR, null, SLICE), SLICE)
    assert.equal(stepOf(7 * 24 * HOUR, null, SLICE), 3 * HOUR)
    assert.equal(stepOf(HOUR, null, 7 * MINUTE), 7 * MINUTE)
  })

  it('is whole slices when somebody does, and never makes more than 2,100', () => {
    assert.equal(stepOf(HOUR, 1, SLICE), SLICE)
    assert.equal(stepOf(HOUR, 11 * MINUTE, SLICE), 15 * MINUTE)
    assert.ok((28 * 24 * HOUR) / stepOf(28 * 24 * HOUR, SLICE, SLICE) <= 2_100)
  })
})

describe('the trail of all fields', () => {
  it('has an hour per point, over gaps, for two days and not more', () => {
    const trail = new StreamTrail(stream)
    assert.deepEqual(trail.facts().startsMs, [])
    for (const at of [0, 1, 36]) trail.add(slice(at, (tallies) => prices(tallies, 10 + at, 20)))
    const { startsMs, stepMs, fields } = trail.facts()
    assert.deepEqual([startsMs, stepMs], [[0, HOUR, 2 * HOUR, 3 * HOUR], HOUR])
    const price = fields.find(({ name }) => name === 'price')!
    assert.deepEqual(
      price.control.map(({ count }) => count),
      [1200, 0, 0, 600],
    )
    assert.ok(Math.abs(price.control[0]!.value! - 10.5) < 0.05)
    assert.deepEqual(price.control[1], { count: 0, missingShare: null, value: null })
    trail.add(slice(12 * 50, (tallies) => prices(tallies, 1, 2)))
    assert.deepEqual(trail.facts().startsMs[0], 3 * HOUR)
    trail.add(slice(12 * 500, (tallies) => prices(tallies, 1, 2)))
    assert.deepEqual(trail.facts().startsMs, [500 * HOUR])
  })

  it('tells of a category the share of one name, the most frequent when the watch began', () => {
    const trail = new StreamTrail(stream)
    const named = (at: number, counts: Record<string, [number, number]>): Slice =>
      slice(at, (tallies) => {
        for (const cohort of [CONTROL, CANDIDATE] as const) {
          const all = Object.values(counts).reduce((sum, pair) => sum + pair[cohort], 0)
          tallies.cohorts[cohort].accepted.add(0, all)
          for (const [name, pair] of Object.entries(counts)) tallies.fields[country]!.categories![cohort].add(name, pair[cohort]) // prettier-ignore
        }
      })
    const country = stream.fields.findIndex(({ kind }) => kind === 'categorical')
    trail.add(named(0, { NL: [60, 50], DE: [40, 50] }))
    trail.add(named(12, { NL: [10, 30], DE: [90, 70] }))
    const { top, control, candidate } = trail.facts().fields[country]!
    assert.equal(top, 'NL')
    assert.deepEqual([control.map(({ value }) => value), candidate.map(({ value }) => value)], [[0.6, 0.1], [0.5, 0.3]]) // prettier-ignore
  })
})

const QUERY = { stream: 'impressions', field: 'price', fromMs: null, toMs: null, stepMs: null }

async function asked(scope: HistoryScope, query: Partial<typeof QUERY> | object): Promise<History> {
  const answer = await fieldHistory(scope, { ...QUERY, ...query }, new AbortController().signal)
  assert.ok(answer.kind === 'history', JSON.stringify(answer))
  return answer.history
}

async function scopeOf(slices: readonly Slice[]): Promise<HistoryScope> {
  const view = await SliceView.open({ directory: null, source: 'test', horizonMs: 30 * 24 * HOUR })
  view.apply(
    0,
    slices.length,
    slices.map((each) => ({
      stream: each.stream,
      startMs: each.startMs,
      endMs: each.startMs + each.lengthMs,
      bytes: encodeSlice(each),
    })),
  )
  return {
    view,
    group: 'impressions',
    stream,
    plans,
    paneConfigDigest: 'sha256:x',
    paneLengthMs: SLICE,
    marks: [],
    effectMin: POLICY_DEFAULTS.effectMin,
    hours: null,
  }
}

function slice(at: number, fill: (tallies: Tallies) => void = () => undefined): Slice {
  const tallies = createTallies(plans.get(stream.name)!)
  fill(tallies)
  const streams = [{ name: stream.name, partitions: [], tallies }]
  return { stream: 'impressions', startMs: at * SLICE, lengthMs: SLICE, number: at + 1, paneConfigDigest: 'sha256:x', streams } // prettier-ignore
}

/** 600 values of each cohort around its mean. */
function prices(tallies: Tallies, control: number, candidate: number, spread: [number, number] = [0, 0]): void {
  const means = [control, candidate]
  for (const cohort of [CONTROL, CANDIDATE] as const) {
    tallies.cohorts[cohort].accepted.add(0, 600)
    const histogram = tallies.fields[0]!.histograms![cohort]
    for (let at = 0; at < 600; at++)
      histogram.add(means[cohort]! + (at % 2 === 0 ? -1 : 1) * (spread[1] / 2) + (at % 100) * 1e-4)
  }
}
