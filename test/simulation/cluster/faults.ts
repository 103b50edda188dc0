import { TOPICS } from './cluster.ts'
import type { Cluster, Instance } from './cluster.ts'
import { CONFIG, PANE_MS, START_MS } from './events.ts'
import type { Random } from './random.ts'
import { drawRot } from './rot.ts'
import type { Rot } from './rot.ts'
import { note } from './tally.ts'
import { lastMsOf } from './worlds.ts'
import type { World } from './worlds.ts'

/** From here on everybody is left in peace: what was broken must have come right by the end. */
export function peaceMsOf(world: World): number {
  return lastMsOf(world) - 6 * 60_000
}

/** What a seed does to its cluster, drawn before it starts. */
export interface Plan {
  instances: string[]
  weather: { twice: number; fails: number; latencyMsMax: number }
  faults: { atMs: number; kind: FaultKind; instance: number; size: number }[]
  skewsMs: number[]
  /** Nobody runs for so long, and meanwhile the broker deletes what is older than `keptMs`. */
  retention: { atMs: number; lastsMs: number; keptMs: number } | null
  /** What becomes of records in our own logs. */
  rot: readonly Rot[]
  /** Instances keep files between two starts, and somebody ruins them now and then. */
  hasDisks: boolean
}

export const FAULT_KINDS = [
  'crash',
  'crash at a step',
  'pause',
  'cut off',
  'cut off for long',
  'stop',
  'set the clock',
  'no registry',
] as const
type FaultKind = (typeof FAULT_KINDS)[number]

/** Every step of the protocols that others can see: just before it, and when it is done but for the answer. */
const { panes, slices, ledger, alerts, quarantine } = TOPICS
export const STEPS = [
  ...[panes, slices, ledger, alerts, quarantine].map((topic) => `append ${topic}`),
  ...['observe', 'assemble'].map((role) => `commit ${CONFIG.topics.prefix}.${role}`),
  ...['join', 'assign', 'heartbeat', 'leave', 'bounds'],
].flatMap((step) => [`before ${step}`, `after ${step}`])

/** Longer than `idle`: whoever hears nothing for so long must not take it for silence. */
const LONG_MS = 5.5 * 60_000

export function drawPlan(random: Random, world: World): Plan {
  const peaceMs = peaceMsOf(world)
  // What is gone nobody makes again; and in the log of a world that turns stand words of people, which nobody can say again.
  const retention = world.turnMs === null && random.chance(0.2) ? drawRetention(random, peaceMs) : null
  const isRotten = retention === null && random.chance(0.4)
  const instances = ['a', 'b', 'c', 'd', 'e'].slice(0, random.whole(1, 5))
  const isStormy = random.chance(0.3)
  const count = random.whole(2, Math.round((isStormy ? 1.5 : 0.4) * world.slices))
  return {
    instances,
    weather: {
      twice: random.of([0, 0.02, 0.2]),
      fails: random.of([0, 0.01, 0.1]),
      latencyMsMax: random.of([2, 50, 400]),
    },
    faults: Array.from({ length: count }, () => ({
      atMs: random.between(START_MS, peaceMs),
      kind: random.chance(0.4) ? 'crash at a step' : random.of(FAULT_KINDS),
      instance: random.whole(0, instances.length - 1),
      size: random.next(),
    }))
      .map((fault) => ({ ...fault, atMs: earlyFor(fault) }))
      .sort((one, other) => one.atMs - other.atMs),
    skewsMs: instances.map(() => (random.chance(0.2) ? random.between(-3_600_000, 3_600_000) : 0)),
    retention,
    rot: isRotten ? drawRot(random, world, peaceMs) : [],
    hasDisks: random.chance(0.12),
  }
}

/** Into the ledger little is written, and most of it soon: whoever is to die of that is told in time. */
function earlyFor({ kind, size, atMs }: Plan['faults'][number]): number {
  const isRare = kind === 'crash at a step' && stepOf(size).endsWith(ledger)
  return isRare ? START_MS + size * PANE_MS : atMs
}

function stepOf(size: number): string {
  return STEPS[Math.floor(size * STEPS.length)]!
}

function drawRetention(random: Random, peaceMs: number): Plan['retention'] {
  const lastsMs = random.between(60_000, 8 * 60_000)
  return { atMs: random.between(START_MS, peaceMs - lastsMs), lastsMs, keptMs: random.between(0, 90_000) }
}

export function schedule(plan: Plan, cluster: Cluster): void {
  const { tally } = cluster.broker
  for (const [at, name] of plan.instances.entries()) {
    // Most are there from the beginning, some join later.
    const delayMs = at === 0 || at % 2 === 1 ? at * 100 : at * 200_000
    cluster.scheduler.after(delayMs, () => cluster.start(name, plan.skewsMs[at]))
    if (plan.skewsMs[at] !== 0) note(tally, 'a clock that is wrong')
  }
  if (plan.retention !== null) {
    const { atMs, lastsMs, keptMs } = plan.retention
    cluster.scheduler.after(atMs - START_MS, () => cluster.goDark(lastsMs))
    cluster.scheduler.after(atMs + lastsMs - 1 - START_MS, () => {
      cluster.forgetEvents(keptMs)
      note(tally, 'retention')
    })
  }
  for (const { atMs, topic, damage } of plan.rot) {
    cluster.scheduler.after(atMs - START_MS, () => cluster.broker.damage(topic, damage))
  }
  // Whoever has read a record does not miss it until it reads it again.
  if (plan.rot.length > 0) cluster.scheduler.after(peaceMsOf(cluster.world) - START_MS, () => cluster.goDark(1))
  for (const { atMs, kind, instance, size } of plan.faults) {
    cluster.scheduler.after(atMs - START_MS, () => {
      const struck = cluster.running.get(plan.instances[instance]!)
      if (struck === undefined) return
      note(tally, kind)
      strike(struck, kind, size, lastMsOf(cluster.world))
    })
  }
}

function strike(instance: Instance, kind: FaultKind, size: number, lastMs: number): void {
  const { machine } = instance
  if (kind === 'crash') machine.crash()
  else if (kind === 'crash at a step') {
    machine.crashAt(stepOf(size))
    // Nobody leaves who is not stopped.
    if (stepOf(size).endsWith('leave')) void instance.stop()
  } else if (kind === 'pause') machine.pause(1_000 + size * 60_000)
  else if (kind === 'cut off') machine.cutOff(1_000 + size * 60_000)
  else if (kind === 'cut off for long') machine.cutOff(Math.min(LONG_MS + size * LONG_MS, lastMs - machine.nowMs))
  else if (kind === 'no registry') instance.loseRegistry(1_000 + size * 60_000)
  else if (kind === 'stop') void instance.stop()
  else machine.skewMs += (size - 0.5) * 7_200_000
}
