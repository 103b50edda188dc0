import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaLog } from '../../src/log/kafka.ts'
import type { RealBroker } from '../real/broker.ts'
import { Random } from '../simulation/cluster/random.ts'
import { compareOutcomes, faultCount } from './compare.ts'
import type { Faults } from './compare.ts'
import { warmUp } from './child.ts'
import { writeConfig } from './config.ts'
import type { Installation } from './config.ts'
import { tortureEvents } from './events.ts'
import { Feeder } from './feeder.ts'
import { untilJudged } from './finish.ts'
import { outcomeOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { undisturbedRun } from './reference.ts'
import { emptyTally, Slot } from './slot.ts'
import type { Tally } from './slot.ts'

/** Odd, so that both cohorts are in every partition. */
const PARTITION_COUNTS = [3, 5, 7, 11] as const
const LEAVES_WITHIN_MS = 30_000

export interface StormOptions {
  broker: RealBroker
  seed: number
  kills: number
  /** 1 to 3; drawn when absent. */
  instances?: number
  /** How often the broker is killed in between. */
  bounces: number
  keep?: boolean
}

export interface Storm {
  seed: number
  instances: number
  partitions: number
  tally: Tally
  bounces: number
  /** Panes that stood on the topic when the last blow fell: what the storm itself got done. */
  panesInStorm: number
  outcome: Outcome
  faults: Faults
}

/**
 * Instances of one installation are killed, stopped and sent away, at random moments, while events come; the broker dies now and then.
 * Afterwards they are left in peace, events of later hours close every pane, and all that is on the topics is compared.
 */
export async function runStorm({ broker, seed, kills, bounces, ...options }: StormOptions): Promise<Storm> {
  const random = new Random(seed)
  const count = options.instances ?? random.whole(1, 3)
  const partitions = random.of(PARTITION_COUNTS)
  const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-torture-'))
  const name = `storm-${seed}-${Math.floor(performance.now())}`
  const installation: Installation = { prefix: name, topic: `${name}.events`, brokers: [broker.bootstrap], folder }
  const events = tortureEvents(seed % 4, partitions)
  const expected = undisturbedRun(installation, partitions, events)
  expected.catch(() => undefined) // awaited when the storm is over
  const feeder = new Feeder(installation.brokers, installation.topic, partitions, events)
  const log = new KafkaLog({ brokers: installation.brokers, clientId: 'torture', ssl: false, sasl: null })
  const tally = emptyTally()
  const slots: Slot[] = []
  try {
    await Promise.all([feeder.createTopic(), warmUp()])
    for (let at = 0; at < count; at++) slots.push(new Slot(writeConfig(installation, `i${at}`), random, tally))
    const isRaging = (): boolean => tally.kills < kills
    const bounced = { count: 0 }
    await Promise.all([
      ...slots.map((slot) => slot.endure(isRaging)),
      feedAlong(feeder, () => tally.kills / kills),
      bounce(broker, bounced, bounces, () => tally.kills / kills),
    ])
    const panesInStorm = (await log.bounds(`${name}.panes`))?.reduce((sum, { high }) => sum + high, 0) ?? 0
    await feeder.feedTo(1)
    const undisturbed = await expected
    await untilJudged(() => slots.map(({ current }) => current), undisturbed)
    for (const { current } of slots) current.kill('SIGTERM')
    for (const { current } of slots) {
      const { code } = await current.endsWithin(LEAVES_WITHIN_MS, 'the end')
      if (code !== 0) throw new Error(`at the end, an instance left with ${code}:\n${current.lastWords()}`)
    }
    const outcome = await outcomeOf(log, name)
    const faults = compareOutcomes(outcome, undisturbed.outcome, events)
    if (faultCount(faults) === 0 && options.keep !== true) rmSync(folder, { recursive: true, force: true })
    return { seed, instances: count, partitions, tally, bounces: bounced.count, panesInStorm, outcome, faults }
  } finally {
    for (const { current } of slots) current.kill('SIGKILL')
    await Promise.all([feeder.close().catch(() => undefined), log.close().catch(() => undefined)])
  }
}

/** As much of the events as of the kills: so that every one of them strikes in the middle of work. */
async function feedAlong(feeder: Feeder, share: () => number): Promise<void> {
  for (; share() < 1; await sleep(50)) {
    // Half a slice ahead of the kills; the last quarter of a slice is for the peace afterwards.
    const wanted = Math.min(0.97, share() + 0.03)
    if (feeder.share < wanted) await feeder.feedTo(Math.min(wanted, feeder.share + 0.01))
  }
}

async function bounce(
  broker: RealBroker,
  bounced: { count: number },
  bounces: number,
  share: () => number,
): Promise<void> {
  // prettier-ignore
  for (; share() < 1; await sleep(50)) {
    if (bounced.count >= bounces || share() < (bounced.count + 1) / (bounces + 1)) continue
    bounced.count++
    await broker.local!.kill()
    await sleep(1_000)
    await broker.local!.restart()
  }
}
