import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { BOUNCING, realBroker } from '../real/broker.ts'
import { aloneIn } from './bounces.ts'
import { faultLines } from './compare.ts'
import { runStorm } from './storm.ts'

/** `npm run torture -- --departures N` runs more of them, and other seeds; `--bounces N` kills three brokers. */
const DEPARTURES = 5
const SEED = 1

const broker = await realBroker({ config: BOUNCING })

describe('a storm of rebalances', { skip: broker === null, timeout: 2_400_000 }, () => {
  after(() => broker?.stop())

  it(`${DEPARTURES} times one of three leaves and comes back: nothing lost, nothing twice, nothing differs`, async (t) => {
    const storm = await runStorm({
      ...{ brokers: aloneIn(broker!), seed: SEED, weather: 'departures', count: DEPARTURES, instances: 3 },
    })
    t.diagnostic(`seed ${SEED}: ${JSON.stringify(storm.tally)}`)
    assert.deepEqual(faultLines(storm.faults), [])
    assert.ok(storm.tally.blows.leave >= DEPARTURES)
    assert.ok(storm.panesInStorm > 0, 'they came and went while there was work')
  })
})
