import { paneConfigDigest, paneConfigOf } from '../../../src/config/pane-config.ts'
import { rolesOf } from '../../../src/config/era-config.ts'
import type { Config } from '../../../src/config/shape.ts'
import { streamGroups } from '../../../src/config/stream-groups.ts'
import { LedgerChain, sealRecord } from '../../../src/ledger/chain.ts'
import { Cluster, TOPICS } from './cluster.ts'
import { compareOutcomes } from './compare.ts'
import type { Faults } from './compare.ts'
import { CONFIG, PANE_MS, START_MS, produce } from './events.ts'
import type { ProducedEvent } from './events.ts'
import { drawPlan, schedule } from './faults.ts'
import { outcomeOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { Random } from './random.ts'
import { END_MS } from './run.ts'

/** In the middle of the events, and of the fault in them. */
export const TURN_MS = START_MS + 10 * PANE_MS
const ANNOUNCED_MS = TURN_MS - 4 * PANE_MS

/** One field more. */
const [shop] = CONFIG.streams
export const NEW_CONFIG: Config = {
  ...CONFIG,
  streams: [{ ...shop!, fields: [...shop!.fields, { ...shop!.fields[2]!, name: 'clicked', kind: 'boolean' }] }],
}

export const DIGESTS = [CONFIG, NEW_CONFIG].map((config) => paneConfigDigest(streamGroups(config)[0]!, config))

export interface EraRun {
  faults: Faults
  outcome: Outcome
  told: readonly string[]
}

/** A cluster in which the shape of panes changes while everything runs, and instances find the old file or the new one. */
export async function runEraSeed(seed: number): Promise<EraRun> {
  const { events, outcome: undisturbed } = await undisturbedRun()
  const random = new Random(seed)
  const plan = { ...drawPlan(random), retention: null, growth: null }
  const cluster = new Cluster(seed, events, {
    weather: plan.weather,
    restartMs: (drawn) => drawn.between(500, 20_000),
    growth: null,
    // Before it is announced nobody can start with the new file; after that whoever is updated is, in any order.
    configAt: (nowMs) => (nowMs > ANNOUNCED_MS && random.chance(0.5) ? NEW_CONFIG : CONFIG),
  })
  schedule(plan, cluster)
  announce(cluster)
  await cluster.scheduler.runUntil(END_MS)
  const outcome = outcomeOf(cluster)
  return { outcome, faults: compareOutcomes(outcome, undisturbed, events, 'whole'), told: cluster.told }
}

let known: Promise<{ events: ProducedEvent[]; outcome: Outcome; told: readonly string[] }> | null = null

export function undisturbedRun(): Promise<{ events: ProducedEvent[]; outcome: Outcome; told: readonly string[] }> {
  return (known ??= run())
}

async function run(): Promise<{ events: ProducedEvent[]; outcome: Outcome; told: readonly string[] }> {
  const events = produce(1)
  const cluster = new Cluster(1, events, {
    weather: { twice: 0, fails: 0, latencyMsMax: 2 },
    restartMs: () => 1_000,
    growth: null,
  })
  cluster.start('alone')
  announce(cluster)
  await cluster.scheduler.runUntil(END_MS)
  return { events, outcome: outcomeOf(cluster), told: cluster.told }
}

function announce(cluster: Cluster): void {
  cluster.scheduler.after(ANNOUNCED_MS - START_MS, () => {
    const chain = new LedgerChain()
    for (const { value } of cluster.broker.all(TOPICS.ledger)) chain.add(value)
    const [group] = streamGroups(NEW_CONFIG)
    const value = sealRecord(
      {
        ...{ type: 'panes-configured', stream: group!.name, fromMs: TURN_MS, by: 'test', reason: 'test', atMs: 0 },
        ...{
          paneConfig: paneConfigOf(group!, NEW_CONFIG),
          paneConfigDigest: DIGESTS[1]!,
          roles: rolesOf(group!.streams),
        },
      },
      chain.head,
    )
    cluster.broker.append(TOPICS.ledger, { key: group!.name, value: Buffer.from(value), partition: 0 })
  })
}
