import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaLog } from '../../src/log/kafka.ts'
import { Random } from '../simulation/cluster/random.ts'
import { bounceNow, bounceOnTheWay, LeaderWatch } from './bounces.ts'
import type { Bounced, Brokers } from './bounces.ts'
import { compareOutcomes, faultCount } from './compare.ts'
import type { Faults } from './compare.ts'
import { warmUp } from './child.ts'
import { writeConfig } from './config.ts'
import type { Installation } from './config.ts'
import { tortureEvents } from './events.ts'
import { Feeder } from './feeder.ts'
import { untilJudged } from './finish.ts'
import { longestSilence, outcomeOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { undisturbedRun } from './reference.ts'
import { emptyTally, Slot } from './slot.ts'
import type { Tally } from './slot.ts'

/** Odd, so that both cohorts are in every partition. */
const PARTITION_COUNTS = [3, 5, 7, 11] as const
const LEAVES_WITHIN_MS = 30_000

/**
 * What a storm counts, and ends with: instances killed (among them some that are stopped, or sent away), instances that leave and
 * come back in good order, or brokers killed and started again while nobody touches the instances.
 */
export type Weather = 'kills' | 'departures' | 'bounces'

export interface StormOptions {
  brokers: Brokers
  seed: number
  weather: Weather
  count: number
  /** 1 to 3; drawn when absent. */
  instances?: number
  /** How often a broker is killed in between, where that is not the weather itself. */
  bounces?: number
  keep?: boolean
}

export interface Storm {
  seed: number
  instances: number
  partitions: number
  /** Of what the weather counts. */
  count: number
  tally: Tally
  bounces: number
  leaderChanges: number
  stormMs: number
  /** Panes that stood on the topic when the last blow fell: what the storm itself got done. */
  panesInStorm: number
  silenceMs: number
  outcome: Outcome
  faults: Faults
}

/**
 * Instances of one installation are killed, stopped and sent away, at random moments, while events come; brokers die now and then.
 * Afterwards they are left in peace, events of later hours close every pane, and all that is on the topics is compared.
 */
export async function runStorm({
  brokers,
  seed,
  weather,
  count,
  bounces = 0,
  ...options
}: StormOptions): Promise<Storm> {
  const random = new Random(seed)
  const instances = options.instances ?? random.whole(1, 3)
  const partitions = random.of(PARTITION_COUNTS)
  const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-torture-'))
  const name = `storm-${seed}-${Math.floor(performance.now())}`
  const installation: Installation = {
    ...{ prefix: name, topic: `${name}.events`, brokers: brokers.bootstraps, folder },
    // Where no instance dies none has to be missed soon; and one that is not missed while a busy machine stands still joins once.
    ...(weather === 'bounces' ? { sessionTimeout: '10s' } : {}),
  }
  const events = tortureEvents(seed % 4, partitions)
  const expected = undisturbedRun(installation, partitions, events)
  expected.catch(() => undefined) // awaited when the storm is over
  const feeder = new Feeder(installation.brokers, installation.topic, partitions, events)
  const log = new KafkaLog({ brokers: installation.brokers, clientId: 'torture', ssl: false, sasl: null })
  const tally = emptyTally()
  const bounced: Bounced = { count: 0 }
  const leaders = new LeaderWatch(brokers, installation.topic)
  const slots: Slot[] = []
  try {
    await Promise.all([feeder.createTopic(Math.min(3, brokers.nodes.length)), warmUp()])
    for (let at = 0; at < instances; at++) slots.push(new Slot(writeConfig(installation, `i${at}`), weather, random, tally)) // prettier-ignore
    const done = { kills: () => tally.kills, departures: () => tally.blows.leave, bounces: () => bounced.count }[
      weather
    ]
    const share = (): number => done() / count
    const startedMs = performance.now()
    const watched = weather === 'bounces' ? watch(slots) : null
    const storm = Promise.all([
      ...(weather === 'bounces' ? [] : slots.map((slot) => slot.endure(() => share() < 1))),
      feedAlong(feeder, share),
      weather === 'bounces'
        ? running(slots).then(() => bounceNow(brokers, bounced, count, ownTopics(name)))
        : bounceOnTheWay(brokers, bounced, bounces, share),
    ])
    await (watched?.during(storm) ?? storm)
    const stormMs = performance.now() - startedMs
    const calmAtMs = Date.now()
    const panesInStorm = (await log.bounds(`${name}.panes`))?.reduce((sum, { high }) => sum + high, 0) ?? 0
    const leaderChanges = await leaders.stop()
    await feeder.feedTo(1)
    const undisturbed = await expected
    const peace = watched ?? watch(slots)
    await peace.during(untilJudged(() => slots.map(({ current }) => current), undisturbed))
    await peace.end()
    for (const { current } of slots) current.kill('SIGTERM')
    for (const { current } of slots) {
      const { code } = await current.endsWithin(LEAVES_WITHIN_MS, 'the end')
      if (code !== 0) throw new Error(`at the end, an instance left with ${code}:\n${current.lastWords()}`)
    }
    const outcome = await outcomeOf(log, name)
    const faults = compareOutcomes(outcome, undisturbed.outcome, events)
    if (faultCount(faults) > 0) writeFileSync(path.join(folder, 'told.txt'), outcome.told.join('\n'))
    else if (options.keep !== true) rmSync(folder, { recursive: true, force: true })
    return {
      ...{ seed, instances, partitions, count: Math.round(done()), tally, bounces: Math.round(bounced.count) },
      ...{ leaderChanges, stormMs, panesInStorm, silenceMs: longestSilence(outcome, calmAtMs), outcome, faults },
    }
  } finally {
    for (const { current } of slots) current.kill('SIGKILL')
    await leaders.stop()
    await Promise.all([feeder.close().catch(() => undefined), log.close().catch(() => undefined)])
  }
}

/** Where nobody strikes them, what gives up by itself is started again, until `end`. */
function watch(slots: readonly Slot[]): { during(work: Promise<unknown>): Promise<void>; end(): Promise<unknown> } {
  const over = Promise.withResolvers<void>()
  const watching = Promise.all(slots.map((slot) => slot.watch(over.promise)))
  watching.catch(() => undefined) // whoever waits for something meanwhile hears of it
  return {
    during: async (work) => void (await Promise.race([work, watching])),
    end: () => {
      over.resolve()
      return watching
    },
  }
}

async function running(slots: readonly Slot[]): Promise<void> {
  for (const { current } of slots) await current.runs()
}

function ownTopics(prefix: string): string[] {
  return ['events', 'panes', 'slices', 'ledger', 'alerts'].map((topic) => `${prefix}.${topic}`)
}

/** As much of the events as of the blows: so that every one of them strikes in the middle of work. */
async function feedAlong(feeder: Feeder, share: () => number): Promise<void> {
  for (; share() < 1; await sleep(50)) {
    // Half a slice ahead of the blows; the last quarter of a slice is for the peace afterwards.
    const wanted = Math.min(0.97, share() + 0.03)
    if (feeder.share < wanted) await feeder.feedTo(Math.min(wanted, feeder.share + 0.01))
  }
}
