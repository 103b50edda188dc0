import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MemoryLog } from '../../src/log/memory.ts'
import { machineClock } from '../../src/service/clock.ts'
import { AlertPublisher } from '../../src/service/alert-publisher.ts'
import type { AlertPublisherOptions } from '../../src/service/alert-publisher.ts'

/**
 * Between the publisher's last look at whether more is due and the moment in which it was known to have ended lay a few
 * turns of the promise queue. Whoever told it of an alert in one of them was told that it was still at work: the alert was
 * published with the next slice, minutes later.
 */
it('an alert that is told while the publisher comes to its end is published now', async () => {
  for (let turns = 0; turns < 12; turns++) {
    let told = 0
    const telemetry = {
      // The first thing that a round does, and the last.
      alertsUnpublished: () => {
        if (++told === 2) void after(turns).then(() => publisher.kick())
      },
    }
    const publisher: AlertPublisher = new AlertPublisher({
      log: new MemoryLog(),
      alertsTopic: 'alerts',
      groups: [],
      follower: { published: new Set() },
      owns: () => true,
      instance: 'test',
      logger: { error: assert.fail },
      telemetry,
      clock: machineClock,
    } as unknown as AlertPublisherOptions)
    publisher.kick()
    for (let turn = 0; turn < 5; turn++) await nextTurn()
    assert.equal(told, 4, `told ${turns} turns of the promise queue after the round`)
    await publisher.stop()
  }
})

async function after(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}
