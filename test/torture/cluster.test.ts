import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { BOUNCING, realBroker } from '../real/broker.ts'
import { realCluster } from '../real/cluster.ts'
import { aloneIn } from './bounces.ts'
import { faultLines } from './compare.ts'
import { runStorm } from './storm.ts'

/** `npm run torture -- --bounces N` and `-- --departures N` run more of them, and other seeds. */
const BOUNCES = 3
const DEPARTURES = 5
const SEED = 1

const cluster = await realCluster(3)

describe('three brokers, each killed while three instances run', { skip: cluster === null, timeout: 2_400_000 }, () => {
  after(() => cluster?.stop())

  it(`${BOUNCES} deaths and the changes of leaders: nothing lost, nothing twice, nothing differs`, async (t) => {
    const { tally, bounces, leaderChanges, outcome, faults } = await runStorm({
      ...{ brokers: cluster!, seed: SEED, weather: 'bounces', count: BOUNCES, instances: 3 },
    })
    t.diagnostic(
      `seed ${SEED}: ${leaderChanges} changes of leaders, ${outcome.panes.size} panes, began anew: ${tally.gaveUp.join()}`,
    )
    assert.deepEqual(faultLines(faults), [])
    assert.equal(bounces, BOUNCES)
    assert.ok(leaderChanges > BOUNCES, `${leaderChanges} changes of leaders`)
    assert.ok(outcome.alerts.size >= 2, 'there was something to be told')
  })
})

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
    assert.ok(storm.panesInStorm > storm.outcome.panes.size / 10, `${storm.panesInStorm} records on the panes topic`)
  })
})
