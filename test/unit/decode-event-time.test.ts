import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { SlotValue } from '../../src/decode/decoder.ts'
import { COMPLEX } from '../../src/decode/decoder.ts'
import { eventTimeMs } from '../../src/decode/event-time.ts'

const MARCH_2 = Date.UTC(2026, 2, 2)

describe('event time from numbers', () => {
  const cases: [string, SlotValue, 'ms' | 's' | 'us' | null, 'ms' | 'us' | null, number | null][] = [
    ['milliseconds', MARCH_2, 'ms', null, MARCH_2],
    ['fractions of one are cut', MARCH_2 + 0.9, 'ms', null, MARCH_2],
    ['seconds', 1_772_672_400, 's', null, 1_772_672_400_000],
    ['seconds with the milliseconds their producer meant', 1_772_672_400.123, 's', null, 1_772_672_400_123],
    ['seconds with a binary fraction just below', 1_772_672_400.001, 's', null, 1_772_672_400_001],
    ['seconds are cut, not rounded', 1_772_672_400.9996, 's', null, 1_772_672_400_999],
    ['microseconds', 1_772_672_400_123_999, 'us', null, 1_772_672_400_123],
    ['microseconds in a bigint', 9_999_999_999_999_999n, 'us', null, 9_999_999_999_999],
    ['the schema says the unit where the configuration does not', 1_772_672_400_123_999, null, 'us', 1_772_672_400_123],
    ['the configuration overrules the schema', MARCH_2, 'ms', 'us', MARCH_2],
    ['nobody says it: milliseconds', MARCH_2, null, null, MARCH_2],
    ['1970 itself', 0, 'ms', null, 0],
    ['minus zero is zero', -0, 'ms', null, 0],
    ['before 1970', -1, 'ms', null, null],
    ['the last millisecond of 9999', 253_402_300_799_999, 'ms', null, 253_402_300_799_999],
    ['the year 10000', 253_402_300_800_000, 'ms', null, null],
    ['microseconds taken for milliseconds', 1_772_672_400_123_999, 'ms', null, null],
    ['a bigint of milliseconds', 2n ** 60n, 'ms', null, null],
    ['NaN', NaN, 'ms', null, null],
    ['an infinity', Infinity, 's', null, null],
    ['digits in a string are no number', String(MARCH_2), 'ms', null, null],
    ['a date in a string is no number', '2026-03-02T00:00:00Z', null, null, null],
    ['null', null, 'ms', null, null],
    ['nothing', undefined, 'ms', null, null],
    ['true', true, 'ms', null, null],
    ['an object', COMPLEX, 'ms', null, null],
  ]
  for (const [title, value, unit, schemaUnit, timeMs] of cases) {
    it(title, () => assert.ok(Object.is(eventTimeMs(value, unit, schemaUnit), timeMs)))
  }
})

describe('event time from RFC 3339 text', () => {
  const good: [string, number][] = [
    ['2026-03-02T00:00:00Z', MARCH_2],
    ['2026-03-02t00:00:00z', MARCH_2],
    ['2026-03-02T00:00:00.5Z', MARCH_2 + 500],
    ['2026-03-02T00:00:00.1239999Z', MARCH_2 + 123],
    ['2026-03-02T01:30:00+01:30', MARCH_2],
    ['2026-03-01T22:00:00-02:00', MARCH_2],
    ['2026-03-02T00:00:00-00:00', MARCH_2],
    ['2024-02-29T12:00:00Z', Date.UTC(2024, 1, 29, 12)],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['1970-01-01T00:00:00Z', 0],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['2017-01-01T00:59:60+01:00', Date.UTC(2017, 0, 1)],
  ]
  for (const [text, timeMs] of good) {
    it(`${text} is ${timeMs}`, () => assert.equal(eventTimeMs(text, 'iso8601', null), timeMs))
  }

  const bad: [string, string][] = [
    ['2026-03-02T00:00:00', 'no zone'],
    ['2026-03-02', 'no time'],
    ['2026-03-02 00:00:00Z', 'a blank for the T'],
    ['2026-03-02T24:00:00Z', '24:00'],
    ['2026-03-02T00:60:00Z', 'minute 60'],
    ['2026-03-02T12:00:60Z', 'a leap second at noon'],
    ['2026-02-29T00:00:00Z', 'no leap year'],
    ['2100-02-29T00:00:00Z', 'a century is none'],
    ['2026-04-31T00:00:00Z', 'the 31st of April'],
    ['2026-13-01T00:00:00Z', 'month 13'],
    ['2026-00-01T00:00:00Z', 'month 0'],
    ['2026-03-00T00:00:00Z', 'day 0'],
    ['2026-03-02T00:00:00.Z', 'a dot without digits'],
    ['2026-03-02T00:00:00,5Z', 'a comma'],
    ['2026-03-02T00:00:00+0100', 'a zone without colon'],
    ['2026-03-02T00:00:00+24:00', 'zone hour 24'],
    ['2026-03-02T00:00:00+01:60', 'zone minute 60'],
    ['2026-03-02T00:00:00Zjunk', 'something behind the zone'],
    ['2026-03-02T00:00Z', 'no seconds'],
    ['26-03-02T00:00:00Z', 'a short year'],
    ['+02026-03-02T00:00:00Z', 'a long year'],
    ['2026-3-2T00:00:00.000Z', 'short month and day'],
    ['٢٠٢٦-03-02T00:00:00Z', 'digits that are not ASCII'],
    ['1969-12-31T23:59:59Z', 'before 1970'],
    ['9999-12-31T23:59:59-00:01', 'the year 10000 in UTC'],
    [`2026-03-02T00:00:00.${'1'.repeat(1e6)}Z`.slice(0, 100), 'a fraction without end'],
    ['', 'nothing'],
  ]
  for (const [text, why] of bad) {
    it(`${why} is no time`, () => assert.equal(eventTimeMs(text, 'iso8601', null), null))
  }

  it('a number is no text', () => assert.equal(eventTimeMs(MARCH_2, 'iso8601', null), null))

  it('says what Date says, for every day and zone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 86_400_000, max: 253_402_300_799_999 - 86_400_000 }),
        fc.integer({ min: -1439, max: 1439 }),
        (timeMs, zoneMinutes) => {
          const local = new Date(timeMs + zoneMinutes * 60_000).toISOString().slice(0, -1)
          const pad = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, '0')
          const zone = `${zoneMinutes < 0 ? '-' : '+'}${pad(Math.abs(zoneMinutes) / 60)}:${pad(zoneMinutes % 60)}`
          assert.equal(eventTimeMs(local + zone, 'iso8601', null), timeMs)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
