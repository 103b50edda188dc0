import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StreamConfig } from '../../src/config/shape.ts'
import type { CompareQuery, Comparison } from '../../src/http/facts.ts'
import { CANDIDATE, CONTROL } from '../../src/pane/pane.ts'
import type { Tallies } from '../../src/pane/pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import { createTallies } from '../../src/pane/tallies.ts'
import { encodeSlice } from '../../src/slice/codec.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { compareCohorts } from '../../src/view/compare.ts'
import type { CompareScope } from '../../src/view/compare.ts'
import { RecentDrift } from '../../src/view/recent-drift.ts'
import { SliceView } from '../../src/view/slice-view.ts'
import { StreamTotals } from '../../src/view/stream-totals.ts'
import { streamConfig } from '../support/streams.ts'

const MINUTES_5 = 300_000
const HOUR = 3_600_000
const views = streamConfig({
  engagement: [
    { name: 'click_rate', kind: 'rate', field: 'clicked', equals: 'true' },
    { name: 'spend', kind: 'ratio', numerator: { stream: 'purchases', sum: 'price' }, per: 'impressions' },
    { name: 'buys', kind: 'ratio', numerator: { stream: 'purchases', sum: null }, per: 'impressions' },
  ],
})
const purchases = streamConfig({ name: 'purchases', topic: 'shop.purchases', engagement: [] })
const config = { streams: [views, purchases] }
const plans = new Map(config.streams.map((stream) => [stream.name, planStream(stream, config)]))

describe('two cohorts side by side', () => {
  it('of a numeric field: summaries, the same bins, distances', async () => {
    const scope = await scopeOf(
      at(0, (tallies) => fill(tallies, { control: range(600, 10, 20), candidate: range(600, 15, 25) })),
    )
    const { a, b, distances, differences, ...of } = await compared(scope, { field: 'price' })
    assert.deepEqual(of, {
      stream: 'impressions',
      field: 'price',
      kind: 'numeric',
      fromMs: 0,
      toMs: MINUTES_5,
      slices: 1,
      baseline: null,
    })
    assert.deepEqual([a.count, a.missing, a.values, a.min, a.max], [600, 0, 600, 10, 20 - 10 / 600])
    assert.ok(Math.abs(a.mean! - 15) < 0.1 && Math.abs(b.quantiles!['0.5']! - 20) < 0.1)
    assert.deepEqual(edges(a.histogram), edges(b.histogram))
    assert.ok(a.histogram!.length <= 50)
    assert.equal(total(a.histogram), 600)
    for (const { low, high } of a.histogram!) assert.ok(low < high)
    // Shifted by half its width: half of the mass has moved, each value by 5, the deviation is 10/√12.
    assert.ok(Math.abs(distances.ks! - 0.5) < 0.01)
    assert.ok(Math.abs(distances.wassersteinRatio! - 5 / (10 / Math.sqrt(12))) < 0.02)
    assert.ok(distances.psi! > 1 && distances.js! > 0.4)
    assert.equal(differences.find(({ name }) => name === 'missing')!.estimate, 0)
    assert.ok(differences.some(({ name }) => name === 'out-of-range'))
  })

  it('of huge values: a distance, not an overflow', async () => {
    const huge = (sign: number) => Array.from({ length: 600 }, (_, i) => sign * 1e308 * (1 + i / 1200))
    const scope = await scopeOf(at(0, (tallies) => fill(tallies, { control: huge(-1), candidate: huge(1) })))
    const { distances } = await compared(scope, { field: 'price' })
    assert.ok(Number.isFinite(distances.wassersteinRatio!) && distances.wassersteinRatio! > 10)
    assert.equal(distances.ks, 1)
  })

  it('of a constant: no scale to measure by, unless nothing moved', async () => {
    const scope = await scopeOf(at(0, (tallies) => fill(tallies, { control: same(600, 3), candidate: same(600, 4) })))
    assert.equal((await compared(scope, { field: 'price' })).distances.wassersteinRatio, null)
    const itself = await compared(scope, { field: 'price', b: 'control' })
    assert.deepEqual(itself.distances, { psi: 0, ks: 0, js: 0, wassersteinRatio: 0 })
  })

  it('says no distance below 500 values on a side', async () => {
    const scope = await scopeOf(
      at(0, (tallies) => fill(tallies, { control: range(600, 0, 1), candidate: range(499, 0, 1) })),
    )
    const { distances } = await compared(scope, { field: 'price' })
    assert.deepEqual(distances, { psi: null, ks: null, js: null, wassersteinRatio: null })
  })

  it('of missing values: their difference as b minus a with its interval, in either direction', async () => {
    const scope = await scopeOf(
      at(0, (tallies) => {
        fill(tallies, { control: range(990, 0, 1), candidate: range(900, 0, 1) })
        nulls(tallies, CONTROL, 10)
        nulls(tallies, CANDIDATE, 100)
      }),
    )
    const missing = (await compared(scope, { field: 'price' })).differences.find(({ name }) => name === 'missing')!
    assert.deepEqual([missing.a, missing.b], [0.01, 0.1])
    assert.ok(missing.low! > 0.06 && missing.low! < missing.estimate! && missing.high! < 0.12)
    const back = await compared(scope, { field: 'price', a: 'candidate', b: 'control' })
    assert.equal(back.differences[0]!.estimate, -missing.estimate!)
    assert.ok(Math.abs(back.differences[0]!.low! + missing.high!) < 1e-12)
  })

  it('of a categorical field: the most frequent names, the same on both sides, the rest counted', async () => {
    const scope = await scopeOf(
      at(0, (tallies) => {
        const [control, candidate] = tallies.fields[1]!.categories!
        for (let name = 0; name < 30; name++) control.add(`c${name}`, 1000 - name)
        for (let name = 20; name < 50; name++) candidate.add(`c${name}`, 500)
        tallies.cohorts[CONTROL].accepted.add(0, 30_000 - 435)
        tallies.cohorts[CANDIDATE].accepted.add(0, 15_000)
      }),
    )
    const { a, b, distances } = await compared(scope, { field: 'country' })
    assert.equal(a.categories!.length, 20)
    assert.deepEqual(
      a.categories!.map(({ name }) => name),
      b.categories!.map(({ name }) => name),
    )
    assert.equal(a.categories![0]!.name, 'c20')
    assert.equal(total(a.categories) + a.others!, a.values)
    assert.equal(total(b.categories) + b.others!, b.values)
    assert.equal(distances.ks, null)
    assert.ok(distances.js! > 0.5 && distances.psi! > 1)
  })

  it('of a boolean: the difference of its shares', async () => {
    const scope = await scopeOf(
      at(0, (tallies) => {
        for (const cohort of [CONTROL, CANDIDATE] as const) tallies.cohorts[cohort].accepted.add(0, 1000)
        tallies.fields[3]!.counts[CONTROL].trues.add(0, 300)
        tallies.fields[3]!.counts[CANDIDATE].trues.add(0, 400)
      }),
    )
    const { a, differences, distances } = await compared(scope, { field: 'member' })
    assert.equal(a.trues, 300)
    assert.ok(Math.abs(differences.find(({ name }) => name === 'true')!.estimate! - 0.1) < 1e-12)
    assert.ok(distances.psi! > 0)
  })

  it('of engagement: a rate with its interval, a ratio over two streams', async () => {
    const scope = await scopeOf(
      at(0, (tallies, others) => {
        for (const cohort of [CONTROL, CANDIDATE] as const) {
          tallies.cohorts[cohort].accepted.add(3, 1000)
          tallies.cohorts[cohort].rates[0]!.add(3, 100 + 50 * cohort)
          others.cohorts[cohort].accepted.add(3, 10 + cohort)
          others.cohorts[cohort].sums[0]!.add(3, 250.5)
        }
      }),
    )
    const rate = await compared(scope, { field: 'click_rate' })
    assert.deepEqual([rate.kind, rate.b.numerator, rate.b.denominator], ['rate', 150, 1000])
    assert.ok(Math.abs(rate.differences[0]!.estimate! - 0.05) < 1e-12 && rate.differences[0]!.low! > 0.02)
    const spend = await compared(scope, { field: 'spend' })
    assert.deepEqual([spend.kind, spend.a.numerator, spend.differences[0]!.a], ['ratio', 250.5, 0.2505])
    assert.equal((await compared(scope, { field: 'buys' })).differences[0]!.b, 0.011)
  })

  it('over the whole slices of the range, by default the last day', async () => {
    const hours = Array.from({ length: 30 }, (_, hour) =>
      at(hour * HOUR, (tallies) => fill(tallies, { control: [1], candidate: [1] })),
    )
    const scope = await scopeOf(...hours)
    assert.equal((await compared(scope, { field: 'price' })).slices, 24)
    const range = await compared(scope, { field: 'price', fromMs: HOUR - 1, toMs: 3 * HOUR + MINUTES_5 })
    assert.deepEqual([range.fromMs, range.toMs, range.slices], [HOUR, 3 * HOUR + MINUTES_5, 3])
    const query = queryOf({ field: 'price', fromMs: 100 * HOUR })
    const nothing = await compareCohorts(scope, query, new AbortController().signal)
    assert.deepEqual(nothing, { kind: 'nothing-in-range', keptFromMs: 0, keptToMs: 29 * HOUR + MINUTES_5 })
  })

  it('leaves out slices of another configuration', async () => {
    const other = { ...at(HOUR, () => undefined), paneConfigDigest: 'sha256:other' }
    const scope = await scopeOf(
      at(0, (tallies) => fill(tallies, { control: [1], candidate: [1] })),
      other,
    )
    assert.equal((await compared(scope, { field: 'price' })).slices, 1)
  })

  it('is given up when nobody waits for it any more, and lets others work meanwhile', async () => {
    const slices = Array.from({ length: 1000 }, (_, at5) =>
      at(at5 * MINUTES_5, (tallies) => fill(tallies, { control: range(300, 0, 1), candidate: range(300, 0, 1) })),
    )
    const scope = await scopeOf(...slices)
    const turns = setInterval(() => (turned += 1), 1)
    let turned = 0
    await compared(scope, { field: 'price', fromMs: 0 })
    clearInterval(turns)
    assert.ok(turned >= 3, `${turned} turns`)
    await assert.rejects(compareCohorts(scope, queryOf({ field: 'price', fromMs: 0 }), AbortSignal.abort()), {
      name: 'AbortError',
    })
  })
})

describe('the totals of a stream', () => {
  it('are those of all its slices, in the words of the report', () => {
    const totals = new StreamTotals(views)
    assert.deepEqual([totals.facts().fromMs, totals.facts().slices], [null, 0])
    const count = (tallies: Tallies): void => {
      fill(tallies, { control: [1, 2, 3], candidate: [5] })
      nulls(tallies, CANDIDATE, 1)
      tallies.cohorts[CONTROL].repeats.add(1, 2)
      tallies.cohorts[CONTROL].late.add(1, 1)
      tallies.other.accepted += 4
      tallies.unknown.rejected += 5
      tallies.synthetic += 6
      tallies.units.add(7, 7, 1)
      tallies.units.add(9, 9, 3)
      tallies.violations.push({
        reason: 'undecodable',
        field: '',
        counts: emptyPair(),
        outside: 5,
        outsideBuckets: new Uint32Array(8),
      })
    }
    totals.add(at(0, count))
    const incomplete = at(MINUTES_5, count)
    incomplete.streams[0]!.partitions[0]!.pane = 'incomplete'
    totals.add(incomplete)
    const { events, violations, cohorts, fields, ...rest } = totals.facts()
    assert.deepEqual(events, { read: 46, accepted: 22, rejected: 10, late: 2, synthetic: 12, duplicates: 4 }) // prettier-ignore
    assert.equal(events.read, events.accepted + events.rejected + events.late + events.synthetic)
    assert.deepEqual(violations, { undecodable: 10 })
    assert.deepEqual(cohorts, [
      { name: 'control', values: ['m1'], events: 10, units: 2, unitsEstimated: false },
      { name: 'candidate', values: ['m2'], events: 4, units: 1, unitsEstimated: false },
      { name: 'other', values: [], events: 8, units: 0, unitsEstimated: false },
    ])
    const { control, candidate } = fields[0]!
    assert.deepEqual([control.count, control.min, control.max, candidate.missing, candidate.values], [6, 1, 3, 2, 2])
    assert.deepEqual(rest, {
      name: 'impressions', topic: 'shop.impressions', fromMs: 0, toMs: 2 * MINUTES_5, slices: 2, incompleteSlices: 1,
      metrics: ['click_rate', 'spend', 'buys'],
      setAside: [],
    }) // prettier-ignore
  })
})

describe('the drift on /metrics', () => {
  it('is that of the half hour that runs and the one before', () => {
    const drift = new RecentDrift(views)
    const shifted = (tallies: Tallies): void =>
      fill(tallies, { control: range(300, 0, 1), candidate: range(300, 1, 2) })
    const alike = (tallies: Tallies): void => fill(tallies, { control: range(300, 0, 1), candidate: range(300, 0, 1) })
    for (let slice = 0; slice < 12; slice++) drift.add(at(slice * MINUTES_5, shifted))
    const before = drift.rows().find(({ field }) => field === 'price')!
    assert.ok(before.ks! > 1 - 1e-12 && before.ks! <= 1)
    for (let slice = 12; slice < 18; slice++) drift.add(at(slice * MINUTES_5, alike))
    const half = drift.rows().find(({ field }) => field === 'price')!
    assert.ok(Math.abs(half.ks! - 0.5) < 1e-9)
    for (let slice = 18; slice < 24; slice++) drift.add(at(slice * MINUTES_5, alike))
    const after = drift.rows().find(({ field }) => field === 'price')!
    assert.equal(after.ks, 0)
    drift.add(at(100 * HOUR, shifted))
    assert.equal(drift.rows().find(({ field }) => field === 'price')!.ks, null, 'one slice after a gap stands alone')
    for (let slice = 0; slice < 2; slice++) drift.add(at(101 * HOUR + slice * MINUTES_5, alike))
    assert.deepEqual(drift.rows().map(({ field, psi }) => [field, psi === null]), [
      ['price', false], ['country', true], ['plan', true], ['member', false],
    ]) // prettier-ignore
  })
})

function at(startMs: number, count: (tallies: Tallies, purchased: Tallies) => void): Slice {
  const [own, others] = config.streams.map(({ name }) => createTallies(plans.get(name)!)) as [Tallies, Tallies]
  count(own, others)
  const partitions = [{ partition: 0, pane: 'empty', idle: false, lost: 0 }]
  return {
    stream: 'impressions',
    startMs,
    lengthMs: MINUTES_5,
    number: 1 + startMs / MINUTES_5,
    paneConfigDigest: 'sha256:now',
    streams: [
      { name: 'impressions', partitions: structuredClone(partitions), tallies: own },
      { name: 'purchases', partitions, tallies: others },
    ],
  }
}

async function scopeOf(...slices: Slice[]): Promise<CompareScope> {
  const view = await SliceView.open({ directory: null, source: 'test', horizonMs: 1000 * HOUR })
  for (const slice of slices) {
    const { stream, startMs, lengthMs } = slice
    view.apply(0, 1, [{ stream, startMs, endMs: startMs + lengthMs, bytes: encodeSlice(slice) }])
  }
  return {
    view,
    group: 'impressions',
    stream: config.streams[0] as StreamConfig,
    plans,
    paneConfigDigest: 'sha256:now',
    paneLengthMs: MINUTES_5,
    hours: null,
  }
}

function queryOf(query: Partial<CompareQuery> & { field: string }): CompareQuery {
  return { stream: 'impressions', a: 'control', b: 'candidate', fromMs: null, toMs: null, ...query }
}

async function compared(scope: CompareScope, query: Partial<CompareQuery> & { field: string }): Promise<Comparison> {
  const answer = await compareCohorts(scope, queryOf(query), new AbortController().signal)
  assert.ok(answer.kind === 'compared')
  return answer.comparison
}

/** Values of `price`; every one an accepted event. */
function fill(tallies: Tallies, { control, candidate }: { control: number[]; candidate: number[] }): void {
  for (const [cohort, values] of [
    [CONTROL, control],
    [CANDIDATE, candidate],
  ] as const) {
    // prettier-ignore
    for (const value of values) tallies.fields[0]!.histograms![cohort].add(value)
    tallies.cohorts[cohort].accepted.add(0, values.length)
  }
}

function nulls(tallies: Tallies, cohort: typeof CONTROL | typeof CANDIDATE, count: number): void {
  tallies.cohorts[cohort].accepted.add(0, count)
  tallies.fields[0]!.counts[cohort].nulls.add(0, count)
}

function emptyPair() {
  return createTallies(plans.get('impressions')!).fields[0]!.counts.map(({ nulls: none }) => none) as never
}

function range(count: number, from: number, to: number): number[] {
  return Array.from({ length: count }, (_, i) => from + ((to - from) * i) / count)
}

function same(count: number, value: number): number[] {
  return Array<number>(count).fill(value)
}

function edges(bins: Comparison['a']['histogram']): [number, number][] {
  return bins!.map(({ low, high }) => [low, high])
}

function total(bins: readonly { count: number }[] | null): number {
  return bins!.reduce((sum, { count }) => sum + count, 0)
}
