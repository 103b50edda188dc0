import type { OwnTopicSpec } from '../config/topic-specs.ts'

/** One of our own topics as the brokers have it. */
export interface TopicStanding {
  partitions: number
  /** Of the partition that has the fewest: copies, and those that are up to date now. null = no such thing (file logs). */
  copies: number | null
  inSync: number | null
  /** By Kafka's names; null where we may not see them. */
  settings: ReadonlyMap<string, string> | null
}

export interface TopicFault {
  fact: string
  /** What to do. */
  advice: string
  /** Going on would lose what must be kept. */
  isLoss: boolean
}

/** One line: what is wrong, and what to do. */
export function faultText(faults: readonly TopicFault[]): string {
  const advice = new Set(faults.map((each) => each.advice))
  return `${faults.map(({ fact }) => fact).join(', ')}: ${[...advice].join(', and ')}`
}

/** Whatever about one of our own topics is not as it must be. More than we ask for is fine. */
export function topicFaults(spec: OwnTopicSpec, standing: TopicStanding): TopicFault[] {
  return [...partitionFaults(spec, standing), ...settingFaults(spec, standing), ...copyFaults(spec, standing)]
}

function partitionFaults({ partitions: wanted }: OwnTopicSpec, { partitions }: TopicStanding): TopicFault[] {
  if (wanted !== 1 || partitions === 1) return []
  return [{ fact: `it has ${partitions} partitions and must have 1, as it is one chain`, advice: 'create it again', isLoss: false }] // prettier-ignore
}

function settingFaults({ config }: OwnTopicSpec, { settings }: TopicStanding): TopicFault[] {
  if (settings === null) return []
  const faults: TopicFault[] = []
  const policy = settings.get('cleanup.policy')
  // Compaction keeps the last record of a key: of each stream one slice.
  if (policy !== undefined && policy !== 'delete') faults.push(alter(`cleanup.policy is ${policy} and must be delete`, true)) // prettier-ignore
  for (const [name, isEndless] of [
    ['retention.ms', true],
    ['max.message.bytes', false],
  ] as const) {
    const wanted = Number(config[name])
    const found = Number(settings.get(name) ?? wanted)
    if (isEndless && found < 0) continue
    const least = wanted < 0 ? '-1' : `${wanted} or more`
    if (found < wanted || (isEndless && wanted < 0)) faults.push(alter(`${name} is ${found} and must be ${least}`))
  }
  return faults
}

function copyFaults({ replicationFactor }: OwnTopicSpec, { copies, inSync, settings }: TopicStanding): TopicFault[] {
  if (copies === null || inSync === null) return []
  const faults: TopicFault[] = []
  const least = Number(settings?.get('min.insync.replicas') ?? 1)
  if (copies === 1 && replicationFactor > 1) {
    faults.push({ fact: `it has 1 copy, which is lost with its broker, and the cluster can hold ${replicationFactor}`, advice: 'add copies with kafka-reassign-partitions.sh', isLoss: false }) // prettier-ignore
  }
  if (least > copies) {
    faults.push(alter(`min.insync.replicas is ${least} and it has only ${count(copies)}, so nothing can be written; it must be ${Math.max(1, copies - 1)}`)) // prettier-ignore
  } else if (copies >= 3 && least < 2) {
    faults.push(alter(`min.insync.replicas is ${least}, so what is acknowledged may stand on one broker alone; it must be 2`)) // prettier-ignore
  } else if (inSync < least) {
    faults.push({ fact: `of ${count(copies)} ${inSync} are in sync and min.insync.replicas is ${least}, so nothing can be written`, advice: 'bring more of its brokers back', isLoss: false }) // prettier-ignore
  }
  return faults
}

function alter(fact: string, isLoss = false): TopicFault {
  return { fact, advice: 'change it with kafka-configs.sh --alter', isLoss }
}

function count(copies: number): string {
  return copies === 1 ? '1 copy' : `${copies} copies`
}
