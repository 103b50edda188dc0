import process from 'node:process'
import { parseArgs } from 'node:util'
import { BOUNCING, realBroker } from '../real/broker.ts'
import type { RealBroker } from '../real/broker.ts'
import { realCluster } from '../real/cluster.ts'
import { aloneIn } from './bounces.ts'
import type { Brokers } from './bounces.ts'
import { runChain } from './chain.ts'
import { faultLines } from './compare.ts'
import type { Faults } from './compare.ts'
import { ASSEMBLE_POINTS, OBSERVE_POINTS } from './points.ts'
import { runStorm } from './storm.ts'
import type { Weather } from './storm.ts'

const USAGE = `npm run torture -- [options]
Instances of evenkeel over a real broker, with sessions of 1.5 s: killed with SIGKILL at random moments, stopped for longer than their
session, sent away, their state folders ruined; and the broker killed in between. Afterwards panes, slices, alerts and quarantine are
held against those of an undisturbed run, and against what anybody counts by hand.
  --kills N       how many (default 60)
  --departures N  instead: a storm of rebalances; so often one of three instances leaves in good order and comes back
  --bounces N     instead: three brokers, of which one is killed and started again N times, under three instances that nobody touches
  --points        instead: killed before and after every named step of the protocol, under three loads
  --seed S        the first (default: by the clock); one seed is one round of at most 60 kills or departures, or 10 bounces
  --instances N   1 to 3 (default: drawn for each round of kills, else 3)
`
const A_ROUND: Readonly<Record<Weather, number>> = { kills: 60, departures: 60, bounces: 10 }
const SPLIT = { observe: ['observe'], assemble: ['assemble', 'judge'] } as const

const { values } = parseArgs({
  options: {
    ...{ kills: { type: 'string', default: '60' }, departures: { type: 'string' }, bounces: { type: 'string' } },
    ...{ seed: { type: 'string' }, instances: { type: 'string' } },
    ...{ points: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  },
})
if (values.help) process.stdout.write(USAGE)
else await main()
process.exit() // KafkaJS may hold a socket for some seconds more

async function main(): Promise<void> {
  const weather: Weather =
    values.bounces !== undefined ? 'bounces' : values.departures !== undefined ? 'departures' : 'kills'
  const cluster = weather === 'bounces' ? await realCluster(3) : null
  const broker = weather === 'bounces' ? null : await realBroker({ config: BOUNCING })
  const brokers = cluster ?? (broker === null ? null : aloneIn(broker))
  if (brokers === null) {
    process.exitCode = 1
    return
  }
  const first = Number(values.seed ?? Date.now() % 1_000_000)
  const sums: Sums = { count: 0, lost: 0, twice: 0, differing: 0 }
  try {
    if (values.points) await atEveryPoint(broker!, first, sums)
    else await atRandom(brokers, weather, first, sums)
  } catch (error) {
    // A round that came to no end is no proof of anything.
    console.log(error instanceof Error ? error.message : error)
    sums.differing++
  } finally {
    await (cluster ?? broker!).stop()
  }
  if (sums.lost + sums.twice + sums.differing > 0) process.exitCode = 1
  console.log(`${sums.count} ${weather}, ${sums.lost} lost, ${sums.twice} twice, ${sums.differing} differing`)
}

async function atRandom(brokers: Brokers, weather: Weather, first: number, sums: Sums): Promise<void> {
  const wanted = Number(values[weather])
  const drawn = weather === 'kills' ? {} : { instances: 3 }
  const instances = values.instances === undefined ? drawn : { instances: Number(values.instances) }
  for (let seed = first; sums.count < wanted; seed++) {
    const count = Math.min(A_ROUND[weather], wanted - sums.count)
    const storm = await runStorm({ brokers, seed, weather, count, bounces: weather === 'kills' ? 1 : 0, ...instances })
    const { tally, outcome, faults } = storm
    const copies = [...outcome.panes.values()].reduce((sum, pane) => sum + pane.copies, 0)
    console.log(`seed ${seed}: ${storm.instances} instances, ${storm.partitions} partitions, ${seconds(storm.stormMs)}; ${tally.starts} starts, ${tally.ruined} in a ruined folder; ${Object.entries(tally.blows).map(([blow, count]) => `${blow} ${count}`).join(', ')}; brokers ${storm.bounces}, other leaders ${storm.leaderChanges}; ${outcome.panes.size} panes, ${copies - outcome.panes.size} of them twice on the topic; at most ${seconds(storm.silenceMs)} of silence of a partition`) // prettier-ignore
    for (const reason of tally.gaveUp) console.log(`  an instance began anew: ${reason}`)
    sums.count += storm.count
    addFaults(sums, faults)
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
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
      sums.count += chain.passed.length
    }
  }
}

function addFaults(sums: Sums, faults: Faults): void {
  for (const line of faultLines(faults)) console.log(`  ${line}`)
  for (const kind of ['lost', 'twice', 'differing'] as const) sums[kind] += faults[kind].length
}

interface Sums {
  /** Of what was asked for. */
  count: number
  lost: number
  twice: number
  differing: number
}
