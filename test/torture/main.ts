import process from 'node:process'
import { parseArgs } from 'node:util'
import { BOUNCING, realBroker } from '../real/broker.ts'
import { faultLines } from './compare.ts'
import { runStorm } from './storm.ts'

const USAGE = `npm run torture -- [options]
Instances of evenkeel over a real broker, with sessions of 1.5 s: killed with SIGKILL at random moments, stopped for longer than their
session, sent away; and the broker killed in between. Afterwards panes, slices, alerts and quarantine are held against those of an
undisturbed run, and against what anybody counts by hand.
  --kills N       how many (default 60)
  --seed S        the first (default: by the clock); one seed is one round of at most 60 kills
  --instances N   1 to 3 (default: drawn for each round)
`
const KILLS_A_ROUND = 60

const { values } = parseArgs({
  options: {
    ...{ kills: { type: 'string', default: '60' }, seed: { type: 'string' }, instances: { type: 'string' } },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) process.stdout.write(USAGE)
else await main()
process.exit() // KafkaJS may hold a socket for some seconds more

async function main(): Promise<void> {
  const broker = await realBroker({ config: BOUNCING })
  if (broker === null) {
    process.exitCode = 1
    return
  }
  const [wanted, first] = [Number(values.kills), Number(values.seed ?? Date.now() % 1_000_000)]
  const instances = values.instances === undefined ? {} : { instances: Number(values.instances) }
  const sums = { kills: 0, lost: 0, twice: 0, differing: 0 }
  try {
    for (let seed = first; sums.kills < wanted; seed++) {
      const kills = Math.min(KILLS_A_ROUND, wanted - sums.kills)
      const storm = await runStorm({ broker, seed, kills, bounces: 1, ...instances })
      const { tally, outcome, faults } = storm
      const copies = [...outcome.panes.values()].reduce((sum, pane) => sum + pane.copies, 0)
      console.log(`seed ${seed}: ${storm.instances} instances, ${storm.partitions} partitions, ${tally.starts} starts; ${Object.entries(tally.blows).map(([blow, count]) => `${blow} ${count}`).join(', ')}; broker ${storm.bounces}; ${outcome.panes.size} panes, ${copies - outcome.panes.size} of them twice on the topic`) // prettier-ignore
      for (const line of faultLines(faults)) console.log(`  ${line}`)
      for (const reason of tally.gaveUp) console.log(`  an instance began anew: ${reason}`)
      sums.kills += tally.kills
      for (const kind of ['lost', 'twice', 'differing'] as const) sums[kind] += faults[kind].length
    }
  } catch (error) {
    // A round that came to no end is no proof of anything.
    console.log(error instanceof Error ? error.message : error)
    sums.differing++
  } finally {
    await broker.stop()
  }
  if (sums.lost + sums.twice + sums.differing > 0) process.exitCode = 1
  console.log(`${sums.kills} kills, ${sums.lost} lost, ${sums.twice} twice, ${sums.differing} differing`)
}
