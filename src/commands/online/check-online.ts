import type { Config } from '../../config/shape.ts'
import { ownTopicSpecs } from '../../config/topic-specs.ts'
import { MonitorError } from '../../errors.ts'
import { KafkaCluster } from '../../log/kafka-cluster.ts'
import type { Log } from '../../log/log.ts'
import { openLog } from '../../log/open.ts'
import { checkEventTopic } from './event-topic.ts'
import { failed, ok } from './finding.ts'
import type { Finding } from './finding.ts'
import { checkOwnTopic } from './own-topic.ts'
import { checkRegistry } from './registry.ts'

/**
 * Looks at everything outside that `run` will need, in the order in which it needs it, and yields each finding as it comes.
 * Leaves nothing behind but the commits of groups `<prefix>.check.*`.
 */
export async function* checkOnline(config: Config): AsyncGenerator<Finding> {
  yield* checkLog(config)
  yield* checkRegistry(config)
}

async function* checkLog(config: Config): AsyncGenerator<Finding> {
  const { kafka, topics } = config
  const cluster = kafka === null ? null : new KafkaCluster(kafka)
  let log: Log
  let brokerCount = 1
  try {
    log = await openLog(config, { retries: 0 })
    if (cluster !== null) brokerCount = await cluster.brokerCount()
  } catch (error) {
    const advice = adviceForLog(error, kafka !== null)
    return yield failed(
      kafka === null ? `logs in ${config.log?.directory}` : `brokers ${kafka.brokers.join(', ')}`,
      error,
      advice,
    )
  }
  try {
    if (kafka === null) yield ok(`logs in ${config.log?.directory}`, 'opened')
    else yield ok(`brokers ${kafka.brokers.join(', ')}`, `reached; the cluster has ${brokerCount}`)
    const specs = ownTopicSpecs(config, { brokerCount })
    // Groups take seconds to form, so all at once; each with a connection of its own, as a refusal ends a whole log.
    yield* inOrder([
      ...config.streams.map((stream) => withLog(config, log, (own) => checkEventTopic(own, stream, topics.prefix))),
      ...specs.map((spec) => withLog(config, log, (own) => checkOwnTopic(own, cluster, spec, topics.prefix))),
    ])
  } finally {
    await log.close()
  }
}

/** Only one process, and only one log, may hold a directory. */
async function withLog<T>(config: Config, shared: Log, use: (log: Log) => Promise<T>): Promise<T> {
  if (config.kafka === null) return use(shared)
  const log = await openLog(config, { retries: 0 })
  try {
    return await use(log)
  } finally {
    await log.close()
  }
}

async function* inOrder<T>(promises: readonly Promise<T>[]): AsyncGenerator<T> {
  // One that fails while an earlier one is awaited must not end the process.
  for (const promise of promises) promise.catch(() => undefined)
  for (const promise of promises) yield await promise
}

function adviceForLog(error: unknown, isKafka: boolean): string {
  if (!isKafka) return 'is the directory ours to write, and does no other Evenkeel use it?'
  const isUnreachable = error instanceof MonitorError && error.code === 'EVENKEEL_LOG_UNREACHABLE'
  return isUnreachable
    ? 'is kafka.brokers right, are they up, and do they speak TLS where kafka.ssl says so?'
    : 'are kafka.sasl and kafka.ssl right?'
}
