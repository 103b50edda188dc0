import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { replayed } from '../support/replayed.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { replayOf, SHOP_START_MS, shopEvents } from '../support/traffic.ts'
import type { ShopEvent } from '../support/traffic.ts'

const folder = temporaryFolder()
const HOUR_MS = 3_600_000

describe('event times that cannot be', () => {
  const events = shopEvents({ hours: 12 })
  const isAhead = ({ user }: ShopEvent): boolean => Math.floor(Number(user.slice(1)) / 2) % 10 === 0

  it('a tenth of all clocks three hours ahead: they are rejected, nobody else is late', async () => {
    const ahead = events.map((event) => (isAhead(event) ? { ...event, ts: event.ts + 3 * HOUR_MS } : event))
    const { report } = await replayed(replayOf(folder, 'ahead', ahead), folder, 'ahead')
    const [stream] = report.streams
    const wrong = ahead.filter(isAhead).length
    assert.equal(stream!.slices, 144)
    assert.deepEqual(stream!.events, { read: 14_400, accepted: 14_400 - wrong, rejected: wrong, late: 0, synthetic: 0, duplicates: 0 }) // prettier-ignore
    assert.deepEqual(stream!.violations, { 'future-timestamp': wrong })
    // That clocks are wrong is true, and told; it is told of nothing else.
    assert.deepEqual(report.alerts.map(({ check, against }) => `${check}@${against}`), ['schema@contract']) // prettier-ignore
    assert.match(report.alerts[0]!.reason, /future-timestamp in ts/)
  })

  it('a tenth of all clocks half an hour ahead: all are accepted, nobody is late', async () => {
    const ahead = events.map((event) => (isAhead(event) ? { ...event, ts: event.ts + HOUR_MS / 2 } : event))
    const { report } = await replayed(replayOf(folder, 'half-ahead', ahead), folder, 'half-ahead')
    const [stream] = report.streams
    assert.equal(stream!.slices, 150)
    assert.equal(stream!.events.accepted, 14_400)
    assert.deepEqual(report.alerts, [])
  })

  it('one record from the year 2099: it is rejected, and closes nothing', async () => {
    const odd = events.with(5_000, { ...events[5_000]!, ts: Date.parse('2099-01-01T00:00:00Z') })
    const { report } = await replayed(replayOf(folder, 'far', odd), folder, 'far')
    const [stream] = report.streams
    assert.equal(stream!.slices, 144)
    assert.equal(stream!.toMs, SHOP_START_MS + 12 * HOUR_MS)
    assert.equal(stream!.events.late, 0)
    assert.deepEqual(stream!.violations, { 'future-timestamp': 1 })
    assert.deepEqual(report.alerts, [])
  })

  it('the very first record from the year 2099: it is rejected, and closes nothing', async () => {
    const odd = events.with(0, { ...events[0]!, ts: Date.parse('2099-01-01T00:00:00Z') })
    const { report } = await replayed(replayOf(folder, 'first', odd), folder, 'first')
    assert.equal(report.streams[0]!.slices, 144)
    assert.equal(report.streams[0]!.events.late, 0)
    assert.deepEqual(report.streams[0]!.violations, { 'future-timestamp': 1 })
  })

  const isDark = ({ ts }: ShopEvent): boolean => {
    const hour = ((ts - SHOP_START_MS) / HOUR_MS) % 24
    return hour >= 2 && hour < 10
  }

  it('a night without traffic: empty slices, nothing late, nothing rejected, no alarm where there is little', async () => {
    const sparse = shopEvents({ hours: 12, perMinute: 12 }).filter((event) => !isDark(event))
    const { report } = await replayed(replayOf(folder, 'night', sparse), folder, 'night')
    const [stream] = report.streams
    assert.equal(stream!.slices, 144, 'time goes on at night')
    assert.equal(stream!.events.accepted, sparse.length)
    assert.equal(stream!.events.late + stream!.events.rejected, 0)
    assert.deepEqual(report.alerts, [])
  })

  it('every night without traffic: the first is news, the second is not', async () => {
    const nights = shopEvents({ hours: 36, perMinute: 22 }).filter((event) => !isDark(event))
    const { report } = await replayed(replayOf(folder, 'nights', nights), folder, 'nights')
    const [stream] = report.streams
    assert.equal(stream!.slices, 432)
    assert.equal(stream!.events.accepted, nights.length)
    const told = report.alerts.map(({ check, firedAtMs, resolvedAtMs }) => [check, hoursOf(firedAtMs) < 3, hoursOf(resolvedAtMs!) < 13]) // prettier-ignore
    assert.deepEqual(told, [['volume', true, true]])
  })
})

function hoursOf(timeMs: number): number {
  return (timeMs - SHOP_START_MS) / HOUR_MS
}
