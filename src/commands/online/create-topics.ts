import type { Config } from '../../config/shape.ts'
import { ownTopicSpecs } from '../../config/topic-specs.ts'
import type { TopicOptions } from '../../config/topic-specs.ts'
import { KafkaCluster } from '../../log/kafka-cluster.ts'
import { openLog } from '../../log/open.ts'

/** Creates our own topics where they are missing, and says a line about each. Throws MonitorErrors. */
export async function* createOwnTopics(
  config: Config,
  options: Omit<TopicOptions, 'brokerCount'>,
): AsyncGenerator<string> {
  const log = await openLog(config, { retries: 0 })
  try {
    const brokerCount = config.kafka === null ? 1 : await new KafkaCluster(config.kafka).brokerCount()
    for (const spec of ownTopicSpecs(config, { ...options, brokerCount })) {
      const bounds = await log.bounds(spec.topic)
      if (bounds !== null) {
        yield `ok       ${spec.topic}: is there, ${bounds.length} partitions`
        continue
      }
      await log.createTopics([spec])
      yield `created  ${spec.topic}: ${spec.partitions} partitions, ${spec.replicationFactor} copies`
    }
  } finally {
    await log.close()
  }
}
