import { Cluster } from './cluster.ts'
import { compareOutcomes } from './compare.ts'
import type { Faults } from './compare.ts'
import { LAST_MS, START_MS, growthOf, produce } from './events.ts'
import type { ProducedEvent } from './events.ts'
import { drawPlan, schedule } from './faults.ts'
import type { Plan } from './faults.ts'
import { outcomeOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { Random } from './random.ts'

/** Until all is read and judged, and before anybody can take the end of the events for silence. */
export const END_MS = LAST_MS + 4 * 60_000
const VARIANTS = 4

export interface Run {
  seed: number
  plan: Plan
  faults: Faults
  /** Events of the scheduler, starts of instances, and how much time went by in there. */
  events: number
  starts: number
  simulatedMs: number
  told: readonly string[]
}

/** One seed: a cluster, what happens to it, and what became of the events. */
export async function runSeed(seed: number): Promise<Run> {
  const { events, outcome } = await undisturbedRun(seed % VARIANTS)
  const random = new Random(seed)
  const plan = drawPlan(random)
  const cluster = new Cluster(seed, events, {
    weather: plan.weather,
    restartMs: (drawn) => drawn.between(500, 20_000),
    growth: growthOf(seed % VARIANTS),
  })
  const isComparable = plan.retention === null && growthOf(seed % VARIANTS) === null
  schedule(plan, cluster)
  await cluster.scheduler.runUntil(END_MS)
  return {
    ...{ seed, plan, starts: cluster.starts, events: cluster.scheduler.events, told: cluster.told },
    faults: compareOutcomes(outcomeOf(cluster), outcome, events, isComparable ? 'whole' : 'with losses'),
    simulatedMs: END_MS - START_MS,
  }
}

const undisturbed = new Map<number, Promise<Undisturbed>>()

/** What the same events come to when nothing happens: one instance, from the beginning to the end. */
export function undisturbedRun(variant: number): Promise<Undisturbed> {
  const known = undisturbed.get(variant) ?? runUndisturbed(variant)
  undisturbed.set(variant, known)
  return known
}

async function runUndisturbed(variant: number): Promise<Undisturbed> {
  const events = produce(variant)
  const cluster = new Cluster(variant, events, {
    weather: { twice: 0, fails: 0, latencyMsMax: 2 },
    restartMs: () => 1_000,
    growth: growthOf(variant),
  })
  cluster.start('alone')
  await cluster.scheduler.runUntil(END_MS)
  return { events, outcome: outcomeOf(cluster) }
}

interface Undisturbed {
  events: ProducedEvent[]
  outcome: Outcome
}
