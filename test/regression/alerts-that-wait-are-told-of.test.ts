import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AlertNotice } from '../../src/alert/notice.ts'
import { MonitorError } from '../../src/errors.ts'
import { machineClock } from '../../src/service/clock.ts'
import { AlertPublisher } from '../../src/service/alert-publisher.ts'
import type { AlertPublisherOptions } from '../../src/service/alert-publisher.ts'

/**
 * How many alerts wait was told only behind the last of them: while the log took none, or took long, it was said that none waits,
 * and the rule that pages for alerts that do not get out saw nothing.
 */
it('alerts that cannot be sent are counted as waiting from the first try on', async () => {
  const counts: number[] = []
  const refused = new MonitorError('EVENKEEL_LOG_UNREACHABLE', 'simulated', { retriable: true })
  const publisher = new AlertPublisher({
    log: { append: () => Promise.reject(refused) },
    alertsTopic: 'alerts',
    groups: [{ due: ['one', 'two'].map((id) => ({ id, alert: {} }) as AlertNotice) }],
    follower: { published: new Set(), readToEnd: () => Promise.reject(refused) },
    owns: () => true,
    instance: 'test',
    logger: { error: () => undefined },
    telemetry: { alertsUnpublished: (count: number) => void counts.push(count), alertsPublished: () => undefined },
    clock: machineClock,
  } as unknown as AlertPublisherOptions)
  publisher.kick()
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  await publisher.stop()
  assert.deepEqual(counts, [2])
})
