import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Baseline, BaselineMetric, MeasureName } from '../../src/baseline/baseline.ts'
import { HOUR_MS, hourOf } from '../../src/baseline/hours.ts'
import type { CompareAnswer, CompareQuery, Comparison } from '../../src/http/facts.ts'
import { CANDIDATE, CONTROL } from '../../src/pane/pane.ts'
import type { Tallies } from '../../src/pane/pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import { createTallies } from '../../src/pane/tallies.ts'
import { binIndex, highestFullIndex } from '../../src/sketch/bin-index.ts'
import { encodeSlice } from '../../src/slice/codec.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { compareCohorts } from '../../src/view/compare.ts'
import { SliceView } from '../../src/view/slice-view.ts'
import { streamConfig } from '../support/streams.ts'

/** A Monday at nine: the slice under comparison. */
const NOW_MS = Date.parse('2026-03-16T09:00:00Z')
const DAYS = 7
/** Seven days before, at nine and at ten. */
const HOURS = Array.from({ length: DAYS }, (_, day) => [9, 10].map((hour) => hourOf(NOW_MS) - 24 * (day + 1) + hour - 9)).flat().sort((one, other) => one - other) // prettier-ignore

const stream = streamConfig({
  engagement: [
    { name: 'click_rate', kind: 'rate', field: 'clicked', equals: 'true' },
    { name: 'spend', kind: 'ratio', numerator: { stream: 'impressions', sum: 'price' }, per: 'impressions' },
  ],
})
const plans = new Map([[stream.name, planStream(stream, { streams: [stream] })]])

/** At nine `x` of 100 a day, at ten none of 900: what is of ten shows at once. */
function metric(measure: MeasureName, name: string, x: readonly number[], cells: BaselineMetric['cells'] = null): BaselineMetric {
  const byHour = (at9: number, at10: number): number[] => HOURS.map((_, at) => (at % 2 === 0 ? at9 : at10))
  return { measure, name, cells, counts: null, n: byHour(100, 900), x: x.map((count) => byHour(count, 0)) }
} // prettier-ignore

/** The cells of a cut: up to ten, up to twenty, above. */
const CUTS = [10, 20].map((edge) => highestFullIndex(binIndex(edge, 0), 0))

function baseline(verified = true): Baseline {
  const metrics = [
    metric('values', 'price', [60, 40, 0], { kind: 'numeric', cuts: CUTS }),
    metric('values', 'country', [70, 30, 0], { kind: 'names', names: ['DE', 'FR'] }),
    metric('values', 'member', [20]),
    ...['price', 'country', 'member'].map((name) => metric('missing', name, [10])),
    metric('range', 'price', [1]),
    metric('rate', 'click_rate', [5]),
  ]
  const made = { name: stream.name, events: 0, units: { count: 0, estimated: false }, hours: HOURS, metrics }
  return { verified: verified ? { by: 'ann', atMs: 0 } : null, streams: [made] } as unknown as Baseline
}

describe('a cohort and a baseline', () => {
  it('of a numeric field: shares of the baseline’s cells, of the same hour of other days', async () => {
    const { a, b, distances, differences, baseline: told } = await compared({ field: 'price', a: 'baseline', b: 'candidate' }) // prettier-ignore
    assert.deepEqual([a.cohort, a.count, a.missing, a.values], ['baseline', 700, 70, 700])
    assert.deepEqual([a.mean, a.quantiles, a.min, b.mean !== null], [null, null, null, true])
    assert.deepEqual(a.histogram!.map(({ count }) => count), [420, 280, 0]) // prettier-ignore
    assert.deepEqual(b.histogram!.map(({ count }) => count), [500, 0, 500]) // prettier-ignore
    assert.deepEqual(b.histogram!.map(({ low, high }) => [Math.round(low), Math.round(high)]), [[5, 10], [10, 20], [20, 25]]) // prettier-ignore
    assert.ok(Math.abs(distances.ks! - 0.5) < 1e-12 && distances.psi! > 1 && distances.wassersteinRatio === null)
    const missing = differences.find(({ name }) => name === 'missing')!
    assert.deepEqual([missing.a, missing.b], [0.1, 0])
    assert.ok(differences.some(({ name, a: share }) => name === 'out-of-range' && share === 0.01))
    assert.deepEqual(told, { days: DAYS, verified: true })
  })

  it('with either of the two as A', async () => {
    const { a, b, differences } = await compared({ field: 'price', a: 'control', b: 'baseline' })
    assert.deepEqual([a.cohort, b.cohort, b.count], ['control', 'baseline', 700])
    assert.equal(differences[0]!.estimate, 0.1)
  })

  it('over more hours, of as many of other days', async () => {
    const { a } = await compared({ field: 'price', a: 'baseline', b: 'candidate', toMs: NOW_MS + 2 * HOUR_MS })
    assert.deepEqual([a.count, a.missing], [7_000, 70])
  })

  it('of names, also those that the baseline never had', async () => {
    const { a, b, distances } = await compared({ field: 'country', a: 'baseline', b: 'candidate' })
    assert.deepEqual(a.categories, [{ name: 'DE', count: 490 }, { name: 'XX', count: 0 }, { name: 'FR', count: 210 }]) // prettier-ignore
    assert.deepEqual([b.categories!.find(({ name }) => name === 'XX')!.count, b.others, a.others], [600, 0, 0])
    assert.ok(distances.js! > 0.3)
  })

  it('of answers, and of an engagement rate', async () => {
    const member = await compared({ field: 'member', a: 'baseline', b: 'candidate' })
    assert.deepEqual([member.a.trues, member.b.trues], [140, 300])
    const rate = await compared({ field: 'click_rate', a: 'baseline', b: 'candidate' })
    assert.deepEqual([rate.kind, rate.a.numerator, rate.a.denominator, rate.b.numerator], ['rate', 35, 700, 80])
  })

  it('says that nobody has verified it, and why it says nothing', async () => {
    const unverified = await compared({ field: 'member', a: 'baseline', b: 'control' }, baseline(false))
    assert.equal(unverified.baseline!.verified, false)
    for (const [field, given, words] of [
      ['spend', baseline(), /says nothing of spend of impressions/],
      ['plan', baseline(), /says nothing of plan/],
      ['price', null, /the configuration names no baseline/],
    ] as const) {
      const answer = await asked({ field, a: 'baseline', b: 'candidate' }, given)
      assert.ok(answer.kind === 'not-in-baseline', answer.kind)
      assert.match(answer.reason, words)
    }
  })
})

async function compared(query: Partial<CompareQuery>, given: Baseline | null = baseline()): Promise<Comparison> {
  const answer = await asked(query, given)
  assert.ok(answer.kind === 'compared', JSON.stringify(answer))
  return answer.comparison
}

async function asked(query: Partial<CompareQuery>, given: Baseline | null): Promise<CompareAnswer> {
  const view = await SliceView.open({ directory: null, source: 'test', horizonMs: 30 * 24 * HOUR_MS })
  const slices = [0, 1].map((hour) => slice(NOW_MS + hour * HOUR_MS, hour === 0 ? fill : () => undefined))
  view.apply(0, slices.length, slices.map((each) => ({ stream: each.stream, startMs: each.startMs, endMs: each.startMs + each.lengthMs, bytes: encodeSlice(each) }))) // prettier-ignore
  const scope = { view, group: stream.name, stream, plans, paneConfigDigest: 'sha256:x', paneLengthMs: 300_000, hours: null, baseline: given } // prettier-ignore
  const full = { stream: stream.name, field: '', a: 'control', b: 'candidate', fromMs: NOW_MS, toMs: NOW_MS + 300_000, ...query } as const // prettier-ignore
  return compareCohorts(scope, full, new AbortController().signal)
}

/** A thousand events of each cohort; half of the prices where the baseline never had one. */
function fill(tallies: Tallies): void {
  for (const cohort of [CONTROL, CANDIDATE] as const) {
    tallies.cohorts[cohort].accepted.add(0, 1_000)
    tallies.cohorts[cohort].rates[0]!.add(0, 80)
    const [price, country, , member] = tallies.fields
    for (let at = 0; at < 1_000; at++) {
      price!.histograms![cohort].add(at % 2 === 0 ? 5 : 25)
      country!.categories![cohort].add(at % 5 < 2 ? 'DE' : 'XX')
    }
    member!.counts[cohort].trues.add(0, 300)
  }
}

function slice(startMs: number, fillWith: (tallies: Tallies) => void): Slice {
  const tallies = createTallies(plans.get(stream.name)!)
  fillWith(tallies)
  const streams = [{ name: stream.name, partitions: [], tallies }]
  return { stream: stream.name, startMs, lengthMs: 300_000, number: 1, paneConfigDigest: 'sha256:x', streams }
}
