import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { BOUNCING, realBroker } from '../real/broker.ts'
import { aloneIn } from './bounces.ts'
import { faultLines } from './compare.ts'
import { runStorm } from './storm.ts'

const broker = await realBroker({ config: BOUNCING })
/** `npm run torture -- --kills N --seed S` runs more of them, and other seeds. */
const KILLS = 60
const SEED = 3

describe('killed over a real broker, again and again', { skip: broker === null, timeout: 2_400_000 }, () => {
  after(() => broker?.stop())

  it(`${KILLS} kills of three instances, and one of the broker: nothing lost, nothing twice, nothing differs`, async (t) => {
    const storm = await runStorm({ brokers: aloneIn(broker!), seed: SEED, weather: 'kills', count: KILLS, instances: 3, bounces: 1 }) // prettier-ignore
    const { tally, bounces, outcome } = storm
    const copies = [...outcome.panes.values()].reduce((sum, pane) => sum + pane.copies, 0)
    t.diagnostic(`seed ${SEED}: ${JSON.stringify({ ...tally, bounces, panes: outcome.panes.size, copies })}`)
    assert.deepEqual(faultLines(storm.faults), [])
    assert.ok(tally.kills >= KILLS)
    assert.equal(bounces, 1)
    // What is compared was made in the storm, not in the peace after it.
    assert.ok(storm.panesInStorm > outcome.panes.size / 10, `${storm.panesInStorm} records on the panes topic`)
    assert.ok(outcome.alerts.size >= 2, 'there was something to be told')
  })
})
