import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { Report } from '../../src/verdict/report.ts'
import { replayed } from '../support/replayed.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { randomFrom, replayOf, shopConfig, shopEvents } from '../support/traffic.ts'
import type { ShopEvent } from '../support/traffic.ts'

const folder = temporaryFolder()
const HOUR_MS = 3_600_000

const VIOLATING: Record<string, (event: ShopEvent) => ShopEvent | string> = {
  undecodable: (event) => JSON.stringify(event).slice(0, -5),
  oversized: (event) => JSON.stringify({ ...event, note: 'x'.repeat(2_000) }),
  'bad-timestamp': (event) => JSON.stringify({ ...event, ts: 'yesterday' }),
  'future-timestamp': (event) => ({ ...event, ts: event.ts + 5 * HOUR_MS }),
  'missing-cohort': ({ model: _, ...event }) => JSON.stringify(event),
  'missing-required': (event) => ({ ...event, plan: null }),
  'wrong-type': (event) => JSON.stringify({ ...event, price: '12.50' }),
  'not-in-values': (event) => ({ ...event, plan: 'gold' }),
}
const SETTING_ASIDE = new Set(['missing-required', 'wrong-type', 'not-in-values'])

describe('each violation on the wire', () => {
  const reasons = Object.keys(VIOLATING)
  let report: Report
  let accepted = 0

  before(async () => {
    const events = shopEvents({ hours: 6 })
    const random = randomFrom(7)
    const lines: (ShopEvent | string)[] = [...events]
    // Reason number n is written n + 1 times: its count tells it from the others.
    reasons.forEach((reason, at) => {
      for (let i = 0; i <= at; i++) {
        const place = 100 + Math.floor(random() * (lines.length - 200))
        const near = events[Math.min(place, events.length - 1)]!
        lines.splice(place, 0, VIOLATING[reason]!({ ...near, id: `bad-${reason}-${i}` }))
      }
    })
    accepted = events.length
    const config = shopConfig({}, { limits: { recordBytes: '1KiB' } })
    ;({ report } = await replayed(replayOf(folder, 'violations', lines, config), folder, 'violations'))
  })

  reasons.forEach((reason, at) => {
    it(`${reason}: counted by its name, the stream goes on`, () => {
      assert.equal(report.streams[0]!.violations[reason], at + 1, JSON.stringify(report.streams[0]!.violations))
    })
  })

  it('rejecting ones cost the record, the others only the field', () => {
    const settingAside = reasons.flatMap((reason, at) => (SETTING_ASIDE.has(reason) ? [at + 1] : []))
    const rejecting = reasons.flatMap((reason, at) => (SETTING_ASIDE.has(reason) ? [] : [at + 1]))
    const { events } = report.streams[0]!
    assert.equal(events.accepted, accepted + sum(settingAside))
    assert.equal(events.rejected, sum(rejecting))
    assert.deepEqual(Object.keys(report.streams[0]!.violations).sort(), reasons.toSorted())
  })
})

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
