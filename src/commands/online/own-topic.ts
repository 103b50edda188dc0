import type { OwnTopicSpec } from '../../config/topic-specs.ts'
import type { KafkaCluster } from '../../log/kafka-cluster.ts'
import { faultText, topicFaults } from '../../service/topic-faults.ts'
import type { TopicFault } from '../../service/topic-faults.ts'
import type { Log } from '../../log/log.ts'
import { count } from './event-topic.ts'
import { failed, missing, ok, unsure } from './finding.ts'
import type { Finding } from './finding.ts'
import { tryReading } from './try-reading.ts'

/** Whether one of our own topics is there, as it must be, for us to write and to read. `cluster`: null for file logs. */
export async function checkOwnTopic(
  log: Log,
  cluster: KafkaCluster | null,
  spec: OwnTopicSpec,
  prefix: string,
): Promise<Finding> {
  const { topic } = spec
  const thing = `topic ${topic}`
  try {
    const bounds = await log.bounds(topic)
    if (bounds === null) return missing(thing, 'not there yet; "evenkeel topics --create" makes it, and so does run')
    const facts = count(bounds.length, 'partition')
    if (cluster === null) return found(thing, facts, topicFaults(spec, { partitions: bounds.length, ...NO_CLUSTER }))
    if (!(await cluster.mayWrite(topic))) return missing(thing, `we may not write; ${RIGHTS} topics ${prefix}.*`)
    const { hasRead } = await tryReading(log, topic, `${prefix}.check.${topic}`)
    const settings = await cluster.settings(topic)
    const standing = { partitions: bounds.length, settings, ...(await cluster.copies(topic)) }
    const wrong = topicFaults(spec, standing)
    const verb = hasRead ? 'may be written, and was read' : 'may be written and read'
    if (settings === null && wrong.length === 0)
      return unsure(thing, `${facts}; ${verb}; its settings are hidden from us (DescribeConfigs)`)
    return found(thing, `${facts}; ${verb}; settings as they must be`, wrong)
  } catch (error) {
    return failed(thing, error, `${RIGHTS} topics and groups ${prefix}.*: see "evenkeel topics --print"`)
  }
}

const RIGHTS = 'we need Read, Write and Describe on'

const NO_CLUSTER = { copies: null, inSync: null, settings: null }

function found(thing: string, facts: string, faults: readonly TopicFault[]): Finding {
  return faults.length === 0 ? ok(thing, facts) : missing(thing, faultText(faults))
}
