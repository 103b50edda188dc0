import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { machineClock } from '../../src/service/clock.ts'
import { StopSteps } from '../../src/service/stop-steps.ts'
import { createLogger } from '../../src/telemetry/logger.ts'

describe('the steps of a stop', () => {
  it('run in reverse, once, and one that fails keeps no other from it', async () => {
    const { logger, lines } = loggerOf()
    const steps = new StopSteps(machineClock)
    const stopped: string[] = []
    for (const name of ['http', 'log', 'view']) {
      steps.add(name, () => {
        stopped.push(name)
        if (name === 'log') throw new Error('it cannot')
      })
    }
    await Promise.all([steps.run(logger), steps.run(logger)])
    assert.deepEqual(stopped, ['view', 'log', 'http'])
    assert.equal(lines.filter(({ level }) => level === 'error').length, 1)
  })

  it('have four seconds in all, of the five that are promised: what hangs is given up, what follows still gets its turn', async (t) => {
    const clock = stoppedClock(t)
    const { logger, lines } = loggerOf()
    const steps = new StopSteps(machineClock)
    const never = () => new Promise<void>(() => undefined)
    steps.add('http', () => undefined)
    steps.add('log', never)
    steps.add('observe', never)
    let isOver = false
    const running = steps.run(logger).then(() => (isOver = true))
    await clock.advance(3_999)
    assert.equal(isOver, false)
    await clock.advance(1)
    await running
    assert.deepEqual(
      lines.map(({ step, ms, gaveUp }) => [step, ms, gaveUp]),
      [
        ['observe', 4_000, true],
        ['log', 0, true],
        ['http', 0, undefined],
      ],
    )
  })

  it('tell whatever still waits that it is over, at once', async () => {
    const asked = new AbortController()
    const steps = new StopSteps(machineClock, asked.signal)
    const begun = assert.rejects(steps.begun, { name: 'AbortError' })
    assert.equal(steps.signal.aborted, false)
    asked.abort()
    assert.equal(steps.signal.aborted, true)
    await begun
    assert.equal(new StopSteps(machineClock, asked.signal).signal.aborted, true)
    await assert.rejects(new StopSteps(machineClock, asked.signal).begun, { name: 'AbortError' })
  })
})

/** Time that goes on only when it is told to. */
function stoppedClock(t: TestContext): { advance(ms: number): Promise<void> } {
  let nowMs = 0
  t.mock.method(performance, 'now', () => nowMs)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  return {
    async advance(ms) {
      nowMs += ms
      for (const each of [ms, 0, 0]) {
        t.mock.timers.tick(each)
        for (let turn = 0; turn < 5; turn++) await nextTurn()
      }
    },
  }
}

function loggerOf() {
  const lines: Record<string, unknown>[] = []
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>)
  return { logger: createLogger({ instance: 'test', destination: { write } }), lines }
}
