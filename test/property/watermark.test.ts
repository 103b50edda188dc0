import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Watermark } from '../../src/pane/watermark.ts'

const LENGTH = 300_000
const LATENESS = 60_000

/** The definition, word for word, over the whole history. */
function naive(times: readonly number[]): number {
  let value = -Infinity
  for (let count = 15; count <= times.length; count++) {
    const lastOf = (n: number): number[] => times.slice(Math.max(0, count - n), count).sort((a, b) => a - b)
    const all = lastOf(64)
    const isDense = all.length === 64 && all[47]! - all[15]! <= LENGTH
    const window = isDense ? all : lastOf(15)
    value = Math.max(value, window[(window.length - 1) >> 1]! - LATENESS)
  }
  return value
}

/** Clocks as they are: mostly near a moving now, some hours ahead, some long behind, some absurd. */
const clocks = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: 0, max: 99 }),
      fc.integer({ min: -60_000, max: 60_000 }),
    ),
    {
      maxLength: 300,
      size: 'max',
    },
  )
  .map((steps) => {
    let now = 1_700_000_000_000
    return steps.map(([step, luck, jitter]) => {
      now += step * (luck === 50 ? 500 : 1)
      if (luck < 10) return now + 3 * 3_600_000
      if (luck === 98) return 4_070_908_800_000
      if (luck === 97) return now - 86_400_000
      return now + jitter
    })
  })

describe('the watermark', () => {
  it('is the lower median of the last 64 times, of 15 where these are spread, less the lateness, never falling', () => {
    fc.assert(
      fc.property(clocks, (times) => {
        const watermark = new Watermark({ latenessMs: LATENESS, lengthMs: LENGTH })
        times.forEach((time, at) => {
          watermark.add(time)
          if (at % 7 === 0) assert.equal(watermark.valueMs, naive(times.slice(0, at + 1)))
        })
        assert.equal(watermark.valueMs, naive(times))
      }),
      { numRuns: 60 },
    )
  })

  it('goes on from a saved state as if nothing had happened, also from the state before its last time', () => {
    fc.assert(
      fc.property(clocks, fc.nat(), (times, cut) => {
        const options = { latenessMs: LATENESS, lengthMs: LENGTH }
        const whole = new Watermark(options)
        times.forEach((time) => whole.add(time))
        const at = times.length === 0 ? 0 : cut % times.length
        const first = new Watermark(options)
        times.slice(0, at).forEach((time) => first.add(time))
        const expected = first.state()
        if (at < times.length) {
          first.add(times[at]!)
          assert.deepEqual(first.stateBeforeLast(), expected)
        }
        const second = new Watermark(options, expected)
        times.slice(at).forEach((time) => second.add(time))
        assert.deepEqual(second.state(), whole.state())
      }),
      { numRuns: 100 },
    )
  })

  it('takes the median of what came when no more will come', () => {
    const watermark = new Watermark({ latenessMs: 0, lengthMs: LENGTH })
    for (const time of [50, 10, 30, 20]) watermark.add(time)
    assert.equal(watermark.valueMs, -Infinity)
    watermark.settle()
    assert.equal(watermark.valueMs, 20)
  })

  it('does not believe one record from the year 2099, nor a tenth of all clocks', () => {
    const watermark = new Watermark({ latenessMs: 0, lengthMs: LENGTH })
    for (let i = 0; i < 200; i++) {
      watermark.add(i % 10 === 3 ? 1_000_000 + i * 1000 + 7_200_000 : 1_000_000 + i * 1000)
      if (i === 100) watermark.add(4_070_908_800_000)
    }
    assert.ok(watermark.valueMs <= 1_199_000, String(watermark.valueMs))
    assert.ok(watermark.valueMs >= 1_150_000, String(watermark.valueMs))
  })
})
