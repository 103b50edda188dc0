import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ended, pushedAlerts } from '../../src/service/alertmanager-alerts.ts'
import type { PushContext, PushedAlert } from '../../src/service/alertmanager-alerts.ts'
import type { Alert } from '../../src/verdict/check.ts'
import { FROM_MS, fakeAlert } from '../support/fake-facts.ts'

const HOUR_MS = 3_600_000
const context = (changed: Partial<PushContext> = {}): PushContext => ({
  nowMs: FROM_MS + 10 * HOUR_MS,
  judgedToMs: FROM_MS + 2 * HOUR_MS,
  link: null,
  labels: {},
  mutedBecause: () => null,
  ...changed,
})
const push = (alerts: Alert[], changed: Partial<PushContext> = {}): PushedAlert[] => [
  ...pushedAlerts(alerts, context(changed)).values(),
]
const resolvedAt = (resolvedAtMs: number): Alert => ({ ...fakeAlert('price', 'resolved'), resolvedAtMs })

describe('what Alertmanager is told', () => {
  it('has the names of an alert as labels, and what changes while it fires as annotations', () => {
    assert.deepEqual(
      push([fakeAlert('price', 'firing')], { link: 'https://evenkeel.example', labels: { region: 'eu-1' } }),
      [
        {
          labels: {
            region: 'eu-1',
            alertname: 'EvenkeelChange',
            stream: 'impressions',
            check: 'missing',
            field: 'price',
            cohort: 'candidate',
            against: 'control',
            direction: 'up',
            severity: 'critical',
          },
          annotations: {
            summary: 'missing price in impressions',
            description: 'missing price: 2.1 % of candidate values against 0.0 %',
            group: 'group-1',
            alongside: '1 alert(s) of this group fire',
            link: 'https://evenkeel.example/alerts/alert-price',
          },
          startsAt: new Date(FROM_MS).toISOString(),
          generatorURL: 'https://evenkeel.example/alerts/alert-price',
        },
      ],
    )
  })

  it('keeps its identity whatever is measured, decided or told anew', () => {
    const alert = fakeAlert('price', 'firing')
    const [one] = push([alert])
    const later = {
      ...alert,
      reason: 'another',
      evidence: null,
      effect: null,
      n: { control: 1, candidate: 2 },
      group: 'g2',
      id: 'x',
    }
    const [other] = push([later], { nowMs: FROM_MS + 99 * HOUR_MS })
    assert.deepEqual(other!.labels, one!.labels)
    assert.equal(other!.startsAt, one!.startsAt)
  })

  it('has no empty label: a segment only where there is one', () => {
    assert.ok(!('segment' in push([fakeAlert('price', 'firing')])[0]!.labels))
    const inside = push([{ ...fakeAlert('price', 'firing'), segment: 'country=DE', field: null }])[0]!.labels
    assert.equal(inside.segment, 'country=DE')
    assert.ok(!('field' in inside))
  })

  it('says the end of an alert for an hour of event time', () => {
    const endMs = context().judgedToMs
    const [told] = push([resolvedAt(endMs - HOUR_MS + 1)])
    assert.equal(told!.endsAt, new Date(endMs - HOUR_MS + 1).toISOString())
    assert.deepEqual(push([resolvedAt(endMs - HOUR_MS)]), [])
  })

  it('says that it fires when it fires again, as the same alert', () => {
    const again = { ...fakeAlert('price', 'firing'), id: 'second', firedAtMs: context().judgedToMs }
    const told = push([resolvedAt(context().judgedToMs - 1), again])
    assert.equal(told.length, 1)
    assert.equal(told[0]!.endsAt, undefined)
    assert.equal(told[0]!.startsAt, new Date(again.firedAtMs).toISOString())
  })

  it('says nothing of what is muted', () => {
    assert.deepEqual(push([fakeAlert('price', 'firing')], { mutedBecause: () => 'a drill' }), [])
  })

  it('counts what fires together', () => {
    const told = push([
      fakeAlert('price', 'firing'),
      fakeAlert('age', 'firing'),
      { ...fakeAlert('plan', 'firing'), group: 'other' },
    ])
    assert.deepEqual(
      told.map(({ annotations }) => annotations.alongside),
      ['2 alert(s) of this group fire', '2 alert(s) of this group fire', '1 alert(s) of this group fire'],
    )
  })

  it('never begins after it ends, nor in the future, whatever event time says', () => {
    const time = fc.integer({ min: 0, max: 4_000_000_000_000 })
    fc.assert(
      fc.property(time, time, time, fc.constantFrom('firing', 'resolved'), (nowMs, firedAtMs, laterMs, state) => {
        const resolvedAtMs = state === 'resolved' ? firedAtMs + laterMs : null
        const [told] = push([{ ...fakeAlert('price', state), firedAtMs, resolvedAtMs }], { nowMs, judgedToMs: 0 })
        assert.ok(Date.parse(told!.startsAt) <= nowMs)
        const stopped = told!.endsAt === undefined ? ended(told!, nowMs) : told!
        assert.ok(Date.parse(stopped.endsAt!) >= Date.parse(stopped.startsAt))
        assert.ok(Date.parse(stopped.endsAt!) <= nowMs)
      }),
    )
  })
})
