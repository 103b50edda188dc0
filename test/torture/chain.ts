import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaLog } from '../../src/log/kafka.ts'
import type { RealBroker } from '../real/broker.ts'
import { Random } from '../simulation/cluster/random.ts'
import { Child, warmUp } from './child.ts'
import { compareOutcomes } from './compare.ts'
import type { Faults } from './compare.ts'
import { writeConfig } from './config.ts'
import type { Installation } from './config.ts'
import { tortureEvents } from './events.ts'
import { Feeder } from './feeder.ts'
import { untilJudged } from './finish.ts'
import { outcomeOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import type { Point } from './points.ts'
import { undisturbedRun } from './reference.ts'

const COMES_WITHIN_MS = 90_000
const TRIES = 5
/** What is passed for every record may be passed often before it is deadly. */
const OFTEN = new Set<Point>(['before decode', 'after decode', 'before observe', 'after observe'])

export interface ChainOptions {
  broker: RealBroker
  name: string
  seed: number
  /** Odd, so that both cohorts are in every partition. */
  partitions?: number
  points: readonly Point[]
  /** Roles of those that are killed; a healthy instance beside them has the other ones. Absent: one instance, all roles. */
  roles?: readonly ['observe'] | readonly ['assemble', 'judge']
}

export interface Chain {
  /** In the order in which they struck. */
  passed: Point[]
  outcome: Outcome
  faults: Faults
}

/** One instance after the other, each killed at the next point, while events come; what is left in the end is compared. */
export async function runChain({ broker, name, seed, points, roles, partitions = 3 }: ChainOptions): Promise<Chain> {
  const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-points-'))
  const prefix = `${name}-${Math.floor(performance.now())}`
  const installation: Installation = { prefix, topic: `${prefix}.events`, brokers: [broker.bootstrap], folder }
  const events = tortureEvents(seed % 4, partitions)
  const expected = undisturbedRun(installation, partitions, events)
  expected.catch(() => undefined) // awaited when the chain is at its end
  const feeder = new Feeder(installation.brokers, installation.topic, partitions, events)
  const log = new KafkaLog({ brokers: installation.brokers, clientId: 'torture', ssl: false, sasl: null })
  const random = new Random(seed)
  const standing: Child[] = []
  const passed: Point[] = []
  try {
    await Promise.all([feeder.createTopic(), warmUp()])
    if (roles !== undefined) {
      const others = ['observe', 'assemble', 'judge'].filter((role) => !roles.some((each) => each === role))
      standing.push(new Child(writeConfig(installation, 'healthy', others)))
    }
    const config = writeConfig(installation, 'victim', roles === undefined ? undefined : [...roles])
    for (const [at, point] of points.entries()) {
      // All of them strike while events come: the first finds closed panes, and only alerts wait for the last.
      await feeder.feedTo(point.includes('alert') ? 1 : 0.15 + (0.8 * at) / points.length)
      await dieAt(point, OFTEN.has(point) ? random.whole(1, 60) : 1, config)
      passed.push(point)
    }
    await feeder.feedTo(1)
    standing.push(new Child(writeConfig(installation, 'last')))
    const undisturbed = await expected
    await untilJudged(() => standing, undisturbed)
    for (const child of standing) child.kill('SIGTERM')
    for (const child of standing) await child.endsWithin(30_000, 'the end')
    const outcome = await outcomeOf(log, prefix)
    rmSync(folder, { recursive: true, force: true })
    return { passed, outcome, faults: compareOutcomes(outcome, undisturbed.outcome, events) }
  } finally {
    for (const child of standing) child.kill('SIGKILL')
    await Promise.all([feeder.close().catch(() => undefined), log.close().catch(() => undefined)])
  }
}

/** Who ended by itself before (the broker still had the dead one in the group, say) is started again, as what watches it would do. */
async function dieAt(point: Point, pass: number, config: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const child = new Child(config, {
      imports: ['fail-points.ts'],
      env: { FAIL_POINT: point, FAIL_PASS: String(pass) },
    })
    try {
      // These are steps of an orderly end.
      if (/ leave | close$/.test(point) && (await child.runs())) child.kill('SIGTERM')
      const { code, signal } = await child.endsWithin(COMES_WITHIN_MS, `waiting for ${point}`)
      if (signal === 'SIGKILL' && child.output.includes(`killed ${point}`)) return
      if (attempt >= TRIES) throw new Error(`${point}: ended with ${code ?? signal} instead:\n${child.lastWords()}`)
      await sleep(200)
    } finally {
      child.kill('SIGKILL')
    }
  }
}
