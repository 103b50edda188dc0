import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LedgerChain, sealRecord } from '../../src/ledger/chain.ts'
import type { LedgerBody, SegmentsFrozen } from '../../src/ledger/record.ts'
import { createJudge } from '../../src/judge.ts'
import { BinTable } from '../../src/sketch/bin-table.ts'
import { mergePanes } from '../../src/slice/merge-panes.ts'
import { openSlice } from '../../src/slice/codec.ts'
import type { GroupPlan } from '../../src/slice/group-plan.ts'
import { Budget } from '../../src/verdict/budget.ts'
import { overallVerdict } from '../../src/verdict/overall.ts'
import type { StreamPlan } from '../../src/pane/plan.ts'
import { planSegments } from '../../src/pane/segments.ts'
import { count, DIGEST, paneOf, PLAN } from '../support/events.ts'
import type { Fact } from '../support/events.ts'
import { fakeCheck } from '../support/fake-facts.ts'
import { Outside, progressOf } from '../support/panes-topic.ts'
import { configOf, JudgeRun, randomOf, SliceMaker } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'
import { PANES } from '../support/streams.ts'

const HOUR_MS = 3_600_000
/** Country and member are segments; slices of two hours, so that a day is twelve. */
const SEGMENTED: StreamPlan = {
  ...PLAN,
  fields: PLAN.fields.map((field) => ({ ...field, role: field.name === 'country' || field.name === 'member' ? 'segment' : 'feature' })), // prettier-ignore
}
const PANES_2H = { ...PANES, lengthMs: 2 * HOUR_MS }
const GROUP: GroupPlan = { streams: [SEGMENTED], panes: PANES_2H, paneConfigDigest: DIGEST, countsSegments: true }
const FACT: Fact = {
  what: 'accepted',
  cohort: 0,
  unit: 1,
  price: 1,
  country: 'de',
  plan: 'pro',
  member: true,
  shape: 0,
}

/** Two partitions: of each, in turns, a progress record and a pane in each of so many slots. */
function topic(slots: number, factsAt: (slot: number, partition: number) => Fact[], from = 0) {
  return Array.from({ length: (slots - from) * 2 }, (_, at) => {
    const [slot, partition] = [from + (at >> 1), at & 1]
    const startMs = slot * PANES_2H.lengthMs
    const pane = paneOf(count(factsAt(slot, partition), SEGMENTED), { partition, startMs, lengthMs: PANES_2H.lengthMs })
    return [progressOf({ partition, partitions: 2, closedThroughMs: startMs }), pane]
  }).flat()
}

describe('the record of segments', () => {
  const facts = (slot: number): Fact[] =>
    // 25 countries: the later in the alphabet, the more frequent; `zz` comes only on the second day.
    Array.from({ length: 25 }, (_, at) =>
      Array<Fact>(1 + at).fill({ ...FACT, country: `c${String(at).padStart(2, '0')}`, member: at % 2 === 0 }),
    ) // prettier-ignore
      .flat()
      .concat(slot >= 12 ? Array<Fact>(100).fill({ ...FACT, country: 'zz' }) : [])

  const after = (slots: number, group = GROUP): Outside => new Outside(undefined, group).read(topic(slots, facts)) // prettier-ignore
  const recordIn = (outside: Outside) => outside.ledger.find((body) => body.type === 'segments-frozen')

  it('is due after the slice that ends the first day, and stands before the next: the twenty most frequent values of each segment', () => {
    assert.equal(recordIn(after(11)), undefined)
    const outside = after(13)
    const record = recordIn(outside)!
    const { fields, ...place } = record
    const fromMs = 24 * HOUR_MS + 8 * HOUR_MS // ahead, lateness, completeWithin and two lengths: 6 h 1 min, in whole slices
    assert.deepEqual(place, { type: 'segments-frozen', stream: 'impressions', afterNumber: 12, fromMs, fromNumber: 17 })
    assert.deepEqual(fields.map(({ field }) => field), ['country', 'member']) // prettier-ignore
    assert.deepEqual(
      fields[0]!.values,
      Array.from({ length: 20 }, (_, at) => `c${String(at + 5).padStart(2, '0')}`),
    )
    assert.deepEqual(fields[1]!.values, ['false', 'true'])
    assert.equal(outside.slices.length, 13)
  })

  it('is the same after a restart anywhere, and comes once', () => {
    const panes = topic(20, facts)
    const whole = after(20)
    for (const at of [5, 40, 47, 48, 49, 50, 66]) {
      const outside = new Outside(new Outside(undefined, GROUP).read(panes, at), GROUP).read(panes)
      assert.deepEqual(outside.ledger, whole.ledger)
      assert.deepEqual(outside.slices, whole.slices)
    }
  })

  it('does not come where no segment is declared, or the policy wants none', () => {
    assert.equal(recordIn(after(20, { ...GROUP, countsSegments: false })), undefined)
    const plain = SEGMENTED.fields.map((field) => ({ ...field, role: 'feature' as const }))
    assert.equal(recordIn(after(20, { ...GROUP, streams: [{ ...SEGMENTED, fields: plain }] })), undefined)
  })

  it('tells observers how far they may go without it, and then what to count', () => {
    const unwatched = new Outside(undefined, GROUP).assembler.segmentsOf('impressions')
    assert.deepEqual(unwatched, { plan: null, holdFromMs: Infinity, holdAfterFirstMs: 6 * HOUR_MS + 60_000 })
    const early = after(3).assembler.segmentsOf('impressions')
    assert.deepEqual(early, { plan: null, holdFromMs: 32 * HOUR_MS, holdAfterFirstMs: Infinity })
    const known = after(13).assembler.segmentsOf('impressions')
    assert.deepEqual([known.holdFromMs, known.holdAfterFirstMs, known.plan!.fromMs], [Infinity, Infinity, 32 * HOUR_MS])
    assert.deepEqual(known.plan!.fields.map(({ at }) => PLAN.fields[at]!.name), ['country', 'member']) // prettier-ignore
  })

  it('counts in the ledger once for a watch, after its start, and in its form alone', () => {
    const watch: LedgerBody = { type: 'watch-started', stream: 's', fromMs: 0, lengthMs: 1, paneConfigDigest: 'sha256:c' } // prettier-ignore
    const record: SegmentsFrozen = { type: 'segments-frozen', stream: 's', afterNumber: 12, fromMs: 20, fromNumber: 17, fields: [{ fieldStream: 's', field: 'f', values: ['a', 'b'] }] } // prettier-ignore
    const refusals = (...bodies: object[]) => {
      const chain = new LedgerChain()
      return bodies.map((body) => chain.add(sealRecord(body as LedgerBody, chain.head)).refused)
    }
    assert.deepEqual(refusals(watch, record, record), [null, null, 'not-valid-here'])
    assert.deepEqual(refusals(record), ['not-valid-here'])
    const broken = [{ ...record, fromNumber: 12 }, { ...record, fields: [{ fieldStream: 's', field: 'f', values: ['a', 'a'] }] }, { ...record, fromMs: '20' }, { ...record, fields: [null] }] // prettier-ignore
    for (const each of broken) assert.deepEqual(refusals(watch, each), [null, 'unknown-body'])
  })
})

describe('a slice', () => {
  const record: SegmentsFrozen = { type: 'segments-frozen', stream: 'impressions', afterNumber: 1, fromMs: 0, fromNumber: 2, fields: [{ fieldStream: 'impressions', field: 'country', values: ['de', 'fr'] }] } // prettier-ignore
  const plan = planSegments(SEGMENTED, record)
  const counted = paneOf(count([FACT, FACT], SEGMENTED, plan))
  const silent = paneOf(count([], SEGMENTED, plan), { partition: 1 })
  const uncounted = paneOf(count([FACT], SEGMENTED), { partition: 1 })
  const insideOf = (...panes: ReturnType<typeof paneOf>[]) =>
    mergePanes(SEGMENTED, panes, () => null).segments.map(({ value, cohorts }) => [value, cohorts[0].accepted.total])

  it('holds the sums of its panes inside segments, and nothing where one of them did not count: that would look like silence', () => {
    assert.deepEqual(insideOf(counted, silent), [['de', 2], ['fr', 0]]) // prettier-ignore
    assert.deepEqual(insideOf(counted, { ...counted, partition: 1 }), [['de', 4], ['fr', 0]]) // prettier-ignore
    assert.deepEqual(insideOf(counted, uncounted), [])
    assert.deepEqual(insideOf(), [])
    const other = planSegments(SEGMENTED, { ...record, fields: [{ ...record.fields[0]!, values: ['de', 'it'] }] })
    assert.deepEqual(insideOf(counted, paneOf(count([FACT], SEGMENTED, other), { partition: 1 })), [])
    assert.ok(mergePanes(SEGMENTED, [counted], () => null).fields[0]!.table instanceof BinTable)
  })

  it('carries them in its bytes', () => {
    const outside = new Outside(undefined, GROUP).read(topic(12, () => [FACT]))
    const known = outside.assembler.segmentsOf('impressions').plan!
    const at = (slot: number, partition: number) => paneOf(count([FACT, { ...FACT, price: null, cohort: 1 }], SEGMENTED, slot * 2 * HOUR_MS >= known.fromMs ? known : null), { partition, startMs: slot * 2 * HOUR_MS, lengthMs: 2 * HOUR_MS }) // prettier-ignore
    const rest = Array.from({ length: 12 }, (_, index) => at(12 + (index >> 1), index & 1))
    outside.read([...topic(12, () => [FACT]), ...rest])
    const inside = outside.slices.map((bytes) => openSlice(bytes).slice.streams[0]!.tallies.segments)
    assert.deepEqual(inside.map(({ length }) => length), [...Array<number>(16).fill(0), 2, 2]) // prettier-ignore
    const [de] = inside.at(-1)!
    assert.deepEqual([de!.value, de!.cohorts[0].accepted.total, de!.cohorts[1].accepted.total], ['de', 2, 2])
    assert.deepEqual([...de!.cohorts[1].missing].map(([field, { total }]) => [PLAN.fields[field]!.name, total]), [['price', 2]]) // prettier-ignore
  })
})

describe('checks inside segments', () => {
  const stream = {
    fields: [
      { name: 'price', kind: 'numeric' },
      { name: 'country', kind: 'categorical', role: 'segment' },
      { name: 'member', kind: 'boolean', role: 'segment' },
    ],
    engagement: [
      { name: 'click_rate', rate: { field: 'clicked', equals: true } },
      { name: 'spend', ratio: { sum: 'price', per: 'events' } },
    ],
  }
  const config = configOf(stream, {}, { length: '2h' })
  const COUNTRIES = ['de', 'fr', 'it']

  function events(random: () => number, nullIn: string | null = null, count = 600): TestEvent[] {
    return Array.from({ length: count }, (_, at) => {
      const cohort = at % 2 === 0 ? 'control' : 'candidate'
      const country = COUNTRIES[Math.floor(random() * 3)]!
      const isNull = country === nullIn && cohort === 'candidate' && random() < 0.3
      const values = { price: isNull ? null : random(), country, member: random() < 0.5, clicked: random() < 0.2 }
      return { unit: `${cohort}${Math.floor(random() * 400)}`, cohort, values }
    })
  }
  const idsOf = (run: JudgeRun) => run.judge.checks().flatMap(({ id, segment }) => (segment === null ? [] : [id]))

  it('come into being with the first slice that counts: each metric for each value, and missing where it is', () => {
    const run = new JudgeRun(config, { isSealed: false })
    const random = randomOf(11)
    for (let T = 1; T <= 16; T++) run.add(events(random))
    assert.deepEqual(idsOf(run), [])
    run.add(events(random, 'fr'))
    const inside = idsOf(run)
    const values = ['country=de', 'country=fr', 'country=it', 'member=false', 'member=true']
    for (const metric of ['click_rate', 'spend']) {
      for (const value of values) assert.ok(inside.includes(`shop/engagement/${metric}[${value}]`), value)
    }
    assert.ok(inside.includes('shop/missing/price[country=fr]') && inside.includes('shop/missing/price[member=true]'))
    assert.ok(!inside.includes('shop/missing/price[country=de]'))
    assert.equal(inside.length, 10 + 3)
    for (const { id, n } of run.judge.checks()) {
      if (id === 'shop/engagement/click_rate[country=de]') assert.ok(n.control > 50 && n.control < 150, String(n.control)) // prettier-ignore
    }
  })

  it('name the value that broke, in one group with the whole; other values stay quiet', () => {
    const run = new JudgeRun(config, { isSealed: false })
    const random = randomOf(12)
    for (let T = 1; T <= 24; T++) run.add(events(random, T > 20 ? 'fr' : null))
    const alerts = run.judge.alerts().filter(({ check }) => check === 'missing')
    assert.deepEqual(alerts.map(({ segment }) => segment).sort(), [null, 'country=fr', 'member=false', 'member=true'].sort()) // prettier-ignore
    assert.equal(new Set(alerts.map(({ group }) => group)).size, 1)
    const fr = alerts.find(({ segment }) => segment === 'country=fr')!
    assert.match(
      fr.reason,
      /^missing price \[country=fr\]: (2|3)\d\.\d % of candidate values are missing against 0\.0 %/,
    )
  })

  it('have the half of the budget that was put aside, divided by the pairs of segment and value', () => {
    const run = new JudgeRun(config, { isSealed: false })
    const random = randomOf(13)
    for (let T = 1; T <= 24; T++) run.add(events(random, T > 18 ? 'fr' : null))
    const thresholds = new Set(new Budget(config).zRequired('quality', 0.5 / 5).map((z) => z.toFixed(9)))
    const whole = new Set(new Budget(config).zRequired('quality', 0.5).map((z) => z.toFixed(9)))
    const natsOf = (zs: ReadonlySet<string>) => [...zs].map((text) => { const z = Number(text); return (z * z) / 2 + Math.log(z) + 0.22579135264472744 }) // prettier-ignore
    const checkOf = (id: string) => run.judge.checks().find((check) => check.id === id)!.evidence!.thresholdNats
    const isOneOf = (nats: number, of: ReadonlySet<string>) => natsOf(of).some((each) => Math.abs(each - nats) < 1e-6)
    assert.ok(isOneOf(checkOf('shop/missing/price[country=fr]'), thresholds))
    assert.ok(isOneOf(checkOf('shop/missing/price'), whole))
    assert.ok(!isOneOf(checkOf('shop/missing/price[country=fr]'), whole))
  })

  it('compare nothing in a slice that does not count inside, and do not take it for silence', () => {
    const run = new JudgeRun(config, { isSealed: false })
    const maker = new SliceMaker(config)
    const random = randomOf(14)
    const n = () => run.judge.checks().find(({ id }) => id === 'shop/engagement/click_rate[country=de]')!.n.control
    for (let T = 1; T <= 18; T++) run.add(events(random))
    const before = n()
    for (let T = 1; T <= 18; T++) maker.next([])
    const { sealed } = maker.next(events(random))
    run.judge.addSlice({ ...sealed, slice: { ...sealed.slice, streams: sealed.slice.streams.map((each) => ({ ...each, tallies: { ...each.tallies, segments: [] } })) } }) // prettier-ignore
    assert.equal(n(), before)
  })

  it('fail when they fire, and hold nothing up while they are too small, unless the policy names them', () => {
    const segment = { ...fakeCheck('price', 'INSUFFICIENT'), id: 'impressions/missing/price[country=de]', segment: 'country=de' } // prettier-ignore
    const whole = fakeCheck('price', 'PASS')
    const overall = (verdict: 'FAIL' | 'INSUFFICIENT', require: 'all' | string[]) =>
      overallVerdict([whole, { ...segment, verdict }], { require }, ['impressions'], null).verdict
    assert.equal(overall('INSUFFICIENT', 'all'), 'PASS')
    assert.equal(overall('FAIL', 'all'), 'FAIL')
    assert.equal(overall('INSUFFICIENT', [segment.id]), 'INSUFFICIENT')
  })

  it('are none where the policy switches them off', () => {
    const off = configOf(stream, { segments: 'off' }, { length: '2h' })
    const random = randomOf(15)
    const [run, others] = [new JudgeRun(off, { isSealed: false }), new SliceMaker(config)]
    const judge = createJudge(off, off.streams)
    for (let T = 1; T <= 24; T++) {
      run.add(events(random, 'fr'))
      // Another instance, whose policy wants them, may have had them counted.
      const { sealed, inside } = others.next(events(random, 'fr'), { isSealed: false })
      judge.addSlice(sealed)
      if (inside !== null) judge.addLedger(inside)
    }
    assert.deepEqual(idsOf(run), [])
    assert.ok(judge.checks().every(({ segment }) => segment === null))
  })
})
