import { Cluster } from './cluster.ts'
import { compareOutcomes } from './compare.ts'
import type { Faults } from './compare.ts'
import { announce, fileAt } from './eras.ts'
import { START_MS } from './events.ts'
import type { ProducedEvent } from './events.ts'
import { drawPlan, schedule } from './faults.ts'
import type { Plan } from './faults.ts'
import { outcomeOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { Random } from './random.ts'
import type { Tally } from './tally.ts'
import { endMsOf, eventsOf, worldOf } from './worlds.ts'
import type { World } from './worlds.ts'

export interface Run {
  seed: number
  world: string
  instances: number
  /** What was planned, and what of it struck. */
  planned: string
  tally: Tally
  faults: Faults
  /** Events of the scheduler, starts of instances, and how much time went by in there. */
  events: number
  starts: number
  simulatedMs: number
  told: readonly string[]
}

/** One seed: a cluster, what happens to it, and what became of the events. */
export function runSeed(seed: number): Promise<Run> {
  const world = worldOf(seed)
  const random = new Random(seed)
  return runPlan(seed, world, drawPlan(random, world), random)
}

export async function runPlan(seed: number, world: World, plan: Plan, random = new Random(seed)): Promise<Run> {
  const { events, outcome } = await undisturbedRun(world)
  const { weather, hasDisks } = plan
  const cluster = new Cluster(seed, world, events, {
    ...{ weather, hasDisks },
    restartMs: (drawn) => drawn.between(500, 20_000),
    configAt: (nowMs) => fileAt(nowMs, world.turnMs, random),
  })
  try {
    schedule(plan, cluster)
    if (world.turnMs !== null) announce(cluster, world.turnMs)
    await cluster.scheduler.runUntil(endMsOf(world))
    const found = outcomeOf(cluster)
    const isWhole = plan.retention === null && listedFirst(found) === listedFirst(outcome)
    return {
      ...{ seed, world: world.name, instances: plan.instances.length, planned: textOf(plan) },
      ...{ tally: cluster.broker.tally, starts: cluster.starts, events: cluster.scheduler.events, told: cluster.told },
      faults: compareOutcomes(found, outcome, events, isWhole ? 'whole' : 'with losses'),
      simulatedMs: endMsOf(world) - START_MS,
    }
  } finally {
    cluster.disks?.remove()
  }
}

function textOf({ faults, rot, retention, hasDisks }: Plan): string {
  const rotten = rot.map(
    ({ topic, damage: { how, place } }) => `${how} in ${topic}${place === 'next' ? ', unread' : ''}`,
  )
  const others = [...(retention === null ? [] : ['retention']), ...(hasDisks ? ['disks'] : [])]
  return [...faults.map(({ kind }) => kind), ...rotten, ...others].join(', ')
}

/** Partitions that the first slice lists: all that are known when it is written. */
function listedFirst({ slices }: Outcome): number {
  return slices.get(Math.min(...slices.keys()))?.slice.streams[0]!.partitions.length ?? 0
}

const undisturbed = new Map<World, Promise<Undisturbed>>()

/** What the same events come to when nothing happens: one instance, from the beginning to the end. */
export function undisturbedRun(world: World): Promise<Undisturbed> {
  const known = undisturbed.get(world) ?? runUndisturbed(world)
  undisturbed.set(world, known)
  return known
}

async function runUndisturbed(world: World): Promise<Undisturbed> {
  const events = eventsOf(world)
  const cluster = new Cluster(world.variant, world, events, {
    weather: { twice: 0, fails: 0, latencyMsMax: 2 },
    restartMs: () => 1_000,
  })
  cluster.start('alone')
  if (world.turnMs !== null) announce(cluster, world.turnMs)
  await cluster.scheduler.runUntil(endMsOf(world))
  return { events, outcome: outcomeOf(cluster) }
}

interface Undisturbed {
  events: ProducedEvent[]
  outcome: Outcome
}
