import type { OwnTopicSpec } from '../../config/topic-specs.ts'
import type { KafkaCluster } from '../../log/kafka-cluster.ts'
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
    if (spec.partitions === 1 && bounds.length !== 1) {
      return missing(thing, `it has ${bounds.length} partitions and must have 1, as it is one chain; create it again`)
    }
    const facts = count(bounds.length, 'partition')
    if (cluster === null) return ok(thing, facts)
    if (!(await cluster.mayWrite(topic))) return missing(thing, `we may not write; ${RIGHTS} topics ${prefix}.*`)
    const { hasRead } = await tryReading(log, topic, `${prefix}.check.${topic}`)
    const settings = await cluster.settings(topic)
    const verb = hasRead ? 'may be written, and was read' : 'may be written and read'
    if (settings === null) return unsure(thing, `${facts}; ${verb}; its settings are hidden from us (DescribeConfigs)`)
    const wrong = wrongSettings(spec, settings)
    if (wrong.length > 0) return missing(thing, `${wrong.join(', ')}: change it with kafka-configs.sh --alter`)
    return ok(thing, `${facts}; ${verb}; settings as they must be`)
  } catch (error) {
    return failed(thing, error, `${RIGHTS} topics and groups ${prefix}.*: see "evenkeel topics --print"`)
  }
}

const RIGHTS = 'we need Read, Write and Describe on'

/** Settings that would lose what must be kept. More than we ask for is fine. */
export function wrongSettings({ config }: OwnTopicSpec, settings: ReadonlyMap<string, string>): string[] {
  const wrong: string[] = []
  const policy = settings.get('cleanup.policy')
  if (policy !== undefined && policy !== 'delete') wrong.push(`cleanup.policy is ${policy} and must be delete`)
  for (const [name, isEndless] of [
    ['retention.ms', true],
    ['max.message.bytes', false],
  ] as const) {
    const wanted = Number(config[name])
    const found = Number(settings.get(name) ?? wanted)
    if (isEndless && found < 0) continue
    if (found < wanted || (isEndless && wanted < 0)) wrong.push(`${name} is ${found} and must be ${wanted} or more`)
  }
  return wrong.map((each) => each.replace('must be -1 or more', 'must be -1'))
}
