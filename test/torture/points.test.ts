import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { realBroker } from '../real/broker.ts'
import { runChain } from './chain.ts'
import { faultLines } from './compare.ts'
import { ASSEMBLE_POINTS, OBSERVE_POINTS } from './points.ts'
import type { Point } from './points.ts'

const broker = await realBroker({})
const SEED = 1
/** What stays when the process has gone. */
const WRITES = ['ledger', 'quarantine', 'pane', 'slice', 'alert'].map((what) => `after ${what} append`)
const COMMITS = ['after observe commit', 'after assemble commit']

/** Before every step, and after those that leave something behind; `npm run torture -- --points` kills after all of them. */
function isTried(point: Point): boolean {
  return point.startsWith('before') || WRITES.includes(point) || COMMITS.includes(point)
}

const CHAINS = { observe: OBSERVE_POINTS.filter(isTried), assemble: ASSEMBLE_POINTS.filter(isTried) }

describe(
  'killed at every step of the protocol',
  { skip: broker === null, timeout: 2_400_000, concurrency: true },
  () => {
    after(() => broker?.stop())

    it('there are 30 points', () => assert.equal(CHAINS.observe.length + CHAINS.assemble.length, 30))

    for (const [name, points] of Object.entries(CHAINS)) {
      it(`at ${points.length} points of ${name}: nothing lost, nothing twice, nothing differs`, async () => {
        const chain = await runChain({ broker: broker!, name, seed: SEED, points })
        assert.deepEqual(chain.passed, points)
        assert.deepEqual(faultLines(chain.faults), [])
        assert.ok(chain.outcome.alerts.size >= 2, 'there was something to be told')
      })
    }
  },
)
