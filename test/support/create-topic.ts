import type { Admin, ITopicConfig } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'

const LEADERS_WITHIN_MS = 60_000

/**
 * Creates a topic and waits until every partition has a leader. KafkaJS's own wait ends with an error on a broker that does not know
 * the new topic yet.
 */
export async function createTopic(admin: Admin, spec: ITopicConfig): Promise<void> {
  await admin.createTopics({ topics: [spec], waitForLeaders: false })
  const partitions = spec.replicaAssignment?.length ?? spec.numPartitions ?? 1
  for (const endMs = performance.now() + LEADERS_WITHIN_MS; performance.now() < endMs; await sleep(50)) {
    const known = await admin.fetchTopicMetadata({ topics: [spec.topic] }).catch(() => null)
    const leaders = known?.topics[0]?.partitions ?? []
    if (leaders.length === partitions && leaders.every(({ leader }) => leader >= 0)) return
  }
  throw new Error(`${spec.topic} has no leaders after ${LEADERS_WITHIN_MS} ms`)
}
