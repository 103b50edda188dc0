import { TOPICS } from './cluster.ts'
import type { Cluster, Instance } from './cluster.ts'
import { CONFIG, LAST_MS, START_MS } from './events.ts'
import type { Random } from './random.ts'

/** From here on everybody is left in peace: what was broken must have come right by the end. */
export const PEACE_MS = LAST_MS - 6 * 60_000

/** What a seed does to its cluster, drawn before it starts. */
export interface Plan {
  instances: string[]
  weather: { twice: number; fails: number; latencyMsMax: number }
  faults: { atMs: number; kind: FaultKind; instance: number; size: number }[]
  skewsMs: number[]
  /** Nobody runs for so long, and meanwhile the broker deletes what is older than `keptMs`. */
  retention: { atMs: number; lastsMs: number; keptMs: number } | null
}

const FAULT_KINDS = [
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
const STEPS = [
  ...[panes, slices, ledger, alerts, quarantine].map((topic) => `append ${topic}`),
  ...['observe', 'assemble'].map((role) => `commit ${CONFIG.topics.prefix}.${role}`),
  ...['join', 'assign', 'heartbeat', 'leave', 'bounds'],
].flatMap((step) => [`before ${step}`, `after ${step}`])

/** Longer than `idle`: whoever hears nothing for so long must not take it for silence. */
const LONG_MS = 5.5 * 60_000

export function drawPlan(random: Random): Plan {
  const instances = ['a', 'b', 'c', 'd', 'e'].slice(0, random.whole(1, 5))
  const isStormy = random.chance(0.3)
  const count = random.whole(2, isStormy ? 30 : 8)
  return {
    instances,
    weather: {
      twice: random.of([0, 0.02, 0.2]),
      fails: random.of([0, 0.01, 0.1]),
      latencyMsMax: random.of([2, 50, 400]),
    },
    faults: Array.from({ length: count }, () => ({
      atMs: random.between(START_MS, PEACE_MS),
      kind: random.chance(0.4) ? 'crash at a step' : random.of(FAULT_KINDS),
      instance: random.whole(0, instances.length - 1),
      size: random.next(),
    })).sort((one, other) => one.atMs - other.atMs),
    skewsMs: instances.map(() => (random.chance(0.2) ? random.between(-3_600_000, 3_600_000) : 0)),
    retention: random.chance(0.15) ? drawRetention(random) : null,
  }
}

function drawRetention(random: Random): Plan['retention'] {
  const lastsMs = random.between(60_000, 8 * 60_000)
  return { atMs: random.between(START_MS, PEACE_MS - lastsMs), lastsMs, keptMs: random.between(0, 90_000) }
}

export function schedule(plan: Plan, cluster: Cluster): void {
  for (const [at, name] of plan.instances.entries()) {
    // Most are there from the beginning, some join later.
    const delayMs = at === 0 || at % 2 === 1 ? at * 100 : at * 200_000
    cluster.scheduler.after(delayMs, () => cluster.start(name, plan.skewsMs[at]))
  }
  if (plan.retention !== null) {
    const { atMs, lastsMs, keptMs } = plan.retention
    cluster.scheduler.after(atMs - START_MS, () => cluster.goDark(lastsMs))
    cluster.scheduler.after(atMs + lastsMs - 1 - START_MS, () => cluster.forgetEvents(keptMs))
  }
  for (const { atMs, kind, instance, size } of plan.faults) {
    cluster.scheduler.after(atMs - START_MS, () => {
      const struck = cluster.running.get(plan.instances[instance]!)
      if (struck !== undefined) strike(struck, kind, size)
    })
  }
}

function strike(instance: Instance, kind: FaultKind, size: number): void {
  const { machine } = instance
  if (kind === 'crash') machine.crash()
  else if (kind === 'crash at a step') machine.crashAt(STEPS[Math.floor(size * STEPS.length)]!)
  else if (kind === 'pause') machine.pause(1_000 + size * 60_000)
  else if (kind === 'cut off') machine.cutOff(1_000 + size * 60_000)
  else if (kind === 'cut off for long') machine.cutOff(Math.min(LONG_MS + size * LONG_MS, LAST_MS - machine.nowMs))
  else if (kind === 'no registry') instance.loseRegistry(1_000 + size * 60_000)
  else if (kind === 'stop') void instance.stop()
  else machine.skewMs += (size - 0.5) * 7_200_000
}
