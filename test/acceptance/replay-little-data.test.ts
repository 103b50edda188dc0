import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Report } from '../../src/verdict/report.ts'
import { replayed } from '../support/replayed.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { replayOf, SHOP_START_MS, shopEvents } from '../support/traffic.ts'
import type { ShopEvent } from '../support/traffic.ts'

const HOUR_MS = 3_600_000
const folder = temporaryFolder()

/** `replayed` holds every report to its schema, its sums, and numbers that are numbers. */
describe('replay of little data never passes by silence', { concurrency: 2 }, () => {
  const events = shopEvents({ hours: 3, perMinute: 60 })
  const control = events.filter(({ model }) => model === 'm1')
  const candidate = events.filter(({ model }) => model === 'm2')
  const inOrder = (...parts: ShopEvent[][]): ShopEvent[] => parts.flat().sort((a, b) => a.ts - b.ts)

  it('no event at all', async () => {
    const { ended, report } = await replayed(replayOf(folder, 'none', []), folder, 'none')
    assert.equal(ended.code, 2)
    assert.deepEqual([report.verdict, report.alerts, report.streams[0]!.slices], ['INSUFFICIENT', [], 0])
    assert.deepEqual(verdicts(report), ['INSUFFICIENT'])
    assert.deepEqual(report.streams[0]!.fields[0]!.control, { count: 0, missing: 0, min: null, max: null, mean: null, quantiles: null }) // prettier-ignore
  })

  it('one event', async () => {
    const { ended, report } = await replayed(replayOf(folder, 'one', events.slice(0, 1)), folder, 'one')
    assert.equal(ended.code, 2)
    assert.equal(report.streams[0]!.events.accepted, 1)
    assert.equal(report.streams[0]!.slices, 1)
    assert.deepEqual(report.alerts, [])
    assert.deepEqual(verdicts(report), ['INSUFFICIENT'])
  })

  it('no candidate: every comparison says that none has come', async () => {
    const { ended, report } = await replayed(replayOf(folder, 'control', control), folder, 'control')
    assert.equal(ended.code, 2)
    assert.deepEqual(report.alerts, [])
    for (const { id, against, verdict, reason } of report.checks) {
      if (against !== 'control') continue
      assert.equal(verdict, 'INSUFFICIENT', id)
      assert.match(reason, /no record of the candidate has come/)
    }
  })

  it('a candidate of ten events where half was planned: the plan is broken, and all else says how many are missing', async () => {
    const { ended, report } = await replayed(
      replayOf(folder, 'ten', inOrder(control, candidate.slice(0, 10))),
      folder,
      'ten',
    )
    assert.equal(ended.code, 1)
    assert.equal(report.streams[0]!.cohorts.candidate.events, 10)
    assert.deepEqual(report.alerts.map(({ check, direction }) => [check, direction]), [['sample-ratio', 'down'], ['volume', 'down']]) // prettier-ignore
    for (const { id, check, against, verdict, reason } of report.checks) {
      if (against !== 'control' || check === 'volume') continue
      assert.equal(verdict, 'INSUFFICIENT', id)
      assert.match(reason, /10 of at least 100 \w+ of the candidate|silent/)
    }
  })

  it('a cohort that stops: it is silent since then, and nothing of it passes', async () => {
    const stopMs = SHOP_START_MS + 2 * HOUR_MS
    const stopped = inOrder(control, candidate.filter(({ ts }) => ts < stopMs)) // prettier-ignore
    const { ended, report } = await replayed(replayOf(folder, 'stops', stopped), folder, 'stops')
    assert.notEqual(ended.code, 0)
    for (const { id, against, verdict, reason } of report.checks) {
      if (against !== 'control') continue
      assert.notEqual(verdict, 'PASS', id)
      if (verdict === 'INSUFFICIENT') assert.match(reason, /the candidate is silent in shop since 2026-03-02T02:00:00Z/)
    }
  })

  it('all values equal: no difference is a finding, a rate of zero is none', async () => {
    const equal = events.map((event) => ({ ...event, price: 7, country: 'de', plan: 'free', member: true, clicked: false })) // prettier-ignore
    const { ended, report } = await replayed(replayOf(folder, 'equal', equal), folder, 'equal')
    assert.equal(ended.code, 2)
    assert.deepEqual(report.alerts, [])
    assert.equal(verdictOf(report, 'shop/engagement/click_rate'), 'INSUFFICIENT')
    assert.equal(verdictOf(report, 'shop/numeric/price'), 'PASS')
    const { control: price } = report.streams[0]!.fields[0]!
    assert.deepEqual([price.min, price.max, price.mean], [7, 7, 7])
  })

  it('all null: nothing can be said of values, and the field that is required breaks the contract', async () => {
    const empty = events.map((event) => ({ ...event, price: null, country: null, plan: null, member: null }))
    const { ended, report } = await replayed(replayOf(folder, 'null', empty), folder, 'null')
    assert.equal(ended.code, 1)
    for (const id of ['shop/numeric/price', 'shop/categorical/country', 'shop/boolean/member']) {
      assert.equal(verdictOf(report, id), 'INSUFFICIENT', id)
    }
    assert.deepEqual(report.alerts.map(({ check, against }) => `${check}@${against}`), ['schema@contract']) // prettier-ignore
    assert.match(report.alerts[0]!.reason, /missing-required in plan/)
    const { control: price } = report.streams[0]!.fields[0]!
    assert.deepEqual([price.missing, price.min, price.mean, price.quantiles], [price.count, null, null, null])
  })

  it('the candidate all null: missing, and critical', async () => {
    const empty = inOrder(control, candidate.map((event) => ({ ...event, price: null }))) // prettier-ignore
    const { ended, report } = await replayed(replayOf(folder, 'candidate-null', empty), folder, 'candidate-null')
    assert.equal(ended.code, 1)
    assert.deepEqual(
      report.alerts.map(({ check, field, severity, state, direction }) => [check, field, severity, state, direction]),
      [['missing', 'price', 'critical', 'firing', 'up']],
    )
  })

  it('no event of either cohort: only others', async () => {
    const others = events.map((event) => ({ ...event, model: 'm9' }))
    const { ended, report } = await replayed(replayOf(folder, 'others', others), folder, 'others')
    assert.equal(ended.code, 2)
    assert.equal(report.streams[0]!.cohorts.other.events, events.length)
    assert.deepEqual(report.alerts, [])
    for (const { id, against, verdict } of report.checks) {
      if (against === 'control') assert.equal(verdict, 'INSUFFICIENT', id)
    }
  })

  it('only synthetic events: read, and not one of them counted in a cohort', async () => {
    const decoys = events.map((event) => ({ ...event, test: true }))
    const { ended, report } = await replayed(replayOf(folder, 'synthetic', decoys), folder, 'synthetic')
    assert.equal(ended.code, 2)
    assert.equal(report.streams[0]!.events.synthetic, events.length)
    const { control: a, candidate: b, other } = report.streams[0]!.cohorts
    assert.equal(a.events + b.events + other.events, 0)
  })
})

function verdicts({ checks }: Report): string[] {
  return [...new Set(checks.map(({ verdict }) => verdict))]
}

function verdictOf({ checks }: Report, id: string): string | undefined {
  return checks.find((check) => check.id === id)?.verdict
}
