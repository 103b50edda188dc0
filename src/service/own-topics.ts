import { ownTopicName } from '../config/own-topics.ts'
import type { OwnTopic } from '../config/own-topics.ts'
import type { Config } from '../config/shape.ts'
import { ownTopicSpecs } from '../config/topic-specs.ts'
import type { OwnTopicSpec } from '../config/topic-specs.ts'
import { MonitorError } from '../errors.ts'
import { KafkaCluster } from '../log/kafka-cluster.ts'
import type { Log } from '../log/log.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Conditions } from './conditions.ts'
import { pause } from './pause.ts'
import { faultText, topicFaults } from './topic-faults.ts'

export type OwnTopicNames = Record<OwnTopic, string>

export function ownTopics({ topics }: Pick<Config, 'topics'>): OwnTopicNames {
  const name = (topic: OwnTopic): string => ownTopicName(topics.prefix, topic)
  return { panes: name('panes'), slices: name('slices'), alerts: name('alerts'), ledger: name('ledger'), quarantine: name('quarantine') } // prettier-ignore
}

/**
 * Our own topics exist, made with the settings they need; without the right to make them the answer says what to do. Answers what
 * is wrong with those that were there before: only a topic that would lose what it must keep is refused.
 */
export async function ensureTopics(
  log: Log,
  config: Config,
  options: { logger: Logger; create: boolean },
): Promise<string[]> {
  const cluster = config.kafka === null ? null : new KafkaCluster(config.kafka)
  const specs = ownTopicSpecs(config, { brokerCount: cluster === null ? 1 : await cluster.brokerCount() })
  const missing = []
  const faults: string[] = []
  for (const spec of specs) {
    const bounds = await log.bounds(spec.topic)
    if (bounds === null) missing.push(spec)
    else faults.push(...(await faultsOf(spec, bounds.length, cluster)))
  }
  for (const fault of faults) options.logger.warn('one of our own topics is not as it must be', { fault })
  if (missing.length === 0) return faults
  const names = missing.map(({ topic }) => topic)
  if (!options.create) {
    throw new MonitorError('EVENKEEL_TOPIC_MISSING', `${names.join(', ')}: create with "evenkeel topics --create"`)
  }
  await log.createTopics(missing)
  options.logger.info('created our own topics', { topics: names })
  return faults
}

async function faultsOf(spec: OwnTopicSpec, partitions: number, cluster: KafkaCluster | null): Promise<string[]> {
  const { topic } = spec
  const rest =
    cluster === null
      ? { copies: null, inSync: null, settings: null }
      : { settings: await cluster.settings(topic), ...(await cluster.copies(topic)) }
  const faults = topicFaults(spec, { partitions, ...rest })
  const loss = faults.find(({ isLoss }) => isLoss)
  if (loss !== undefined) throw new MonitorError('EVENKEEL_TOPIC_UNFIT', `${topic}: ${faultText([loss])}`)
  return faults.length === 0 ? [] : [`${topic}: ${faultText(faults)}`]
}

/** An event topic may come later than we do: wait for it, and say so. */
export async function waitForEventTopics(
  log: Log,
  config: Config,
  { logger, conditions, signal }: { logger: Logger; conditions: Conditions; signal: AbortSignal },
): Promise<void> {
  const missingOnes = async (): Promise<string[]> => {
    const known = await Promise.all(
      config.streams.map(async ({ topic }) => ({ topic, bounds: await log.bounds(topic) })),
    )
    return known.filter(({ bounds }) => bounds === null).map(({ topic }) => topic)
  }
  let told = ''
  for (;;) {
    const missing = (await missingOnes()).join(', ')
    if (missing === '') return
    conditions.unmet('topics', `there is no topic ${missing}`)
    if (missing !== told) logger.warn('waiting for event topics', { missing })
    told = missing
    await pause(TOPIC_POLL_MS, signal)
  }
}

const TOPIC_POLL_MS = 2_000
