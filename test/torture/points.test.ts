import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { realBroker } from '../real/broker.ts'
import { runChain } from './chain.ts'
import { faultLines } from './compare.ts'
import { ASSEMBLE_POINTS, OBSERVE_POINTS } from './points.ts'

const broker = await realBroker({})
const SEED = 1

describe(
  'killed at every step of the protocol',
  { skip: broker === null, timeout: 2_400_000, concurrency: true },
  () => {
    after(() => broker?.stop())

    it('there are more than 25 points', () => assert.ok(OBSERVE_POINTS.length + ASSEMBLE_POINTS.length >= 25))

    for (const [name, points] of Object.entries({ observe: OBSERVE_POINTS, assemble: ASSEMBLE_POINTS })) {
      it(`at ${points.length} points of ${name}: nothing lost, nothing twice, nothing differs`, async () => {
        const chain = await runChain({ broker: broker!, name, seed: SEED, points })
        assert.deepEqual(chain.passed, points)
        assert.deepEqual(faultLines(chain.faults), [])
        assert.ok(chain.outcome.alerts.size >= 2, 'there was something to be told')
      })
    }
  },
)
