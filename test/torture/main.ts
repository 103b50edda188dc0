import process from 'node:process'
import { parseArgs } from 'node:util'
import { BOUNCING, realBroker } from '../real/broker.ts'
import type { RealBroker } from '../real/broker.ts'
import { runChain } from './chain.ts'
import { faultLines } from './compare.ts'
import type { Faults } from './compare.ts'
import { ASSEMBLE_POINTS, OBSERVE_POINTS } from './points.ts'
import { runStorm } from './storm.ts'

const USAGE = `npm run torture -- [options]
Instances of evenkeel over a real broker, with sessions of 1.5 s: killed with SIGKILL at random moments, stopped for longer than their
session, sent away; and the broker killed in between. Afterwards panes, slices, alerts and quarantine are held against those of an
undisturbed run, and against what anybody counts by hand.
  --kills N       how many (default 60)
  --seed S        the first (default: by the clock); one seed is one round of at most 60 kills
  --instances N   1 to 3 (default: drawn for each round)
  --points        instead: killed before and after every named step of the protocol, under three loads
`
const KILLS_A_ROUND = 60
const SPLIT = { observe: ['observe'], assemble: ['assemble', 'judge'] } as const

const { values } = parseArgs({
  options: {
    ...{ kills: { type: 'string', default: '60' }, seed: { type: 'string' }, instances: { type: 'string' } },
    ...{ points: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
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
  const first = Number(values.seed ?? Date.now() % 1_000_000)
  const sums: Sums = { kills: 0, lost: 0, twice: 0, differing: 0 }
  try {
    if (values.points) await atEveryPoint(broker, first, sums)
    else await atRandom(broker, first, sums)
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

async function atRandom(broker: RealBroker, first: number, sums: Sums): Promise<void> {
  const wanted = Number(values.kills)
  const instances = values.instances === undefined ? {} : { instances: Number(values.instances) }
  for (let seed = first; sums.kills < wanted; seed++) {
    const kills = Math.min(KILLS_A_ROUND, wanted - sums.kills)
    const storm = await runStorm({ broker, seed, kills, bounces: 1, ...instances })
    const { tally, outcome, faults } = storm
    const copies = [...outcome.panes.values()].reduce((sum, pane) => sum + pane.copies, 0)
    console.log(`seed ${seed}: ${storm.instances} instances, ${storm.partitions} partitions, ${tally.starts} starts; ${Object.entries(tally.blows).map(([blow, count]) => `${blow} ${count}`).join(', ')}; broker ${storm.bounces}; ${outcome.panes.size} panes, ${copies - outcome.panes.size} of them twice on the topic`) // prettier-ignore
    for (const reason of tally.gaveUp) console.log(`  an instance began anew: ${reason}`)
    sums.kills += tally.kills
    addFaults(sums, faults)
  }
}

async function atEveryPoint(broker: RealBroker, seed: number, sums: Sums): Promise<void> {
  for (const [name, points] of Object.entries({ observe: OBSERVE_POINTS, assemble: ASSEMBLE_POINTS })) {
    const loads = {
      'one instance, 3 partitions': { partitions: 3 },
      'one instance, 11 partitions': { partitions: 11 },
      'beside one that has the other roles': { roles: SPLIT[name as keyof typeof SPLIT] },
    }
    for (const [title, load] of Object.entries(loads)) {
      // Beside another, the topics are there before the first that is killed.
      const passable = 'roles' in load ? points.filter((point) => !point.endsWith('create topics')) : points
      const chain = await runChain({ broker, name, seed, points: passable, ...load })
      console.log(`${name}, ${title}: killed at ${chain.passed.length} points`)
      addFaults(sums, chain.faults)
      sums.kills += chain.passed.length
    }
  }
}

function addFaults(sums: Sums, faults: Faults): void {
  for (const line of faultLines(faults)) console.log(`  ${line}`)
  for (const kind of ['lost', 'twice', 'differing'] as const) sums[kind] += faults[kind].length
}

interface Sums {
  kills: number
  lost: number
  twice: number
  differing: number
}
