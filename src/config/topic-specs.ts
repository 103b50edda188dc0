import type { TopicSpec } from '../log/log.ts'
import { DEFAULTS } from './defaults.ts'
import { ownTopicName } from './own-topics.ts'
import type { OwnTopic } from './own-topics.ts'
import type { Config } from './shape.ts'

export interface TopicOptions {
  /** How many brokers the cluster has; decides the replication factor where none is given. */
  brokerCount: number
  replicationFactor?: number
  /** Of panes, slices and quarantine. */
  partitions?: number
}

export interface OwnTopicSpec extends TopicSpec {
  /** Why the topic is and what its settings protect, in one line. */
  purpose: string
}

/** Streams spread over so many partitions: more than an installation has instances, few enough for a small cluster. */
export const PARTITIONS_DEFAULT = 12

/** Evenkeel's own topics, in the order an event goes through them. */
export function ownTopicSpecs(config: Pick<Config, 'topics' | 'policy'>, options: TopicOptions): OwnTopicSpec[] {
  const { partitions = PARTITIONS_DEFAULT, brokerCount } = options
  const replicationFactor = options.replicationFactor ?? Math.max(1, Math.min(3, brokerCount))
  const make = (
    topic: OwnTopic,
    own: { partitions: number; retentionMs: number; segmentMs: number },
    purpose: string,
  ) => ({
    topic: ownTopicName(config.topics.prefix, topic),
    partitions: own.partitions,
    replicationFactor,
    config: {
      // Never compact: the first slice of a time wins, and a chain of records must keep every link.
      'cleanup.policy': 'delete',
      'retention.ms': String(own.retentionMs),
      'retention.bytes': '-1',
      // A segment is deleted as a whole, so a week-long one would keep two days of panes for nine.
      'segment.ms': String(own.segmentMs),
      'max.message.bytes': String(MESSAGE_BYTES_MAX),
      // With three copies one broker may be away; with fewer, asking for two would stop everything with the first restart.
      'min.insync.replicas': replicationFactor >= 3 ? '2' : '1',
    },
    purpose,
  })
  const keptMs = 2 * config.policy.horizonMs
  const wide = { partitions, segmentMs: 6 * HOUR_MS }
  const single = { partitions: 1, segmentMs: 7 * DAY_MS }
  return [
    make('panes', { ...wide, retentionMs: 2 * DAY_MS }, 'what each partition said in one pane; keyed by stream'),
    make(
      'slices',
      { ...wide, segmentMs: DAY_MS, retentionMs: keptMs },
      'what each stream said: the only input of verdicts',
    ),
    make('alerts', { ...single, retentionMs: keptMs }, 'CloudEvents, in one order for every reader'),
    make('ledger', { ...single, retentionMs: -1 }, 'cells and decisions; one chain, kept for ever'),
    make(
      'quarantine',
      { ...wide, retentionMs: 7 * DAY_MS },
      'where rejected records stand and why, never their payload',
    ),
  ]
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Kafka's own default, written down because some clusters lower it: chunks of panes and slices are cut to fit into it. */
const MESSAGE_BYTES_MAX = 1_048_588

export interface AclRule {
  resource: 'topic' | 'group' | 'cluster'
  /** '' for the cluster. */
  name: string
  isPrefix: boolean
  operations: readonly ('Read' | 'Write' | 'Describe' | 'IdempotentWrite')[]
  purpose: string
}

/** The rights `evenkeel run` needs; creating topics needs `Create` on the prefix besides. */
export function requiredAcls(config: Pick<Config, 'topics' | 'streams' | 'kafka'>): AclRule[] {
  const prefix = `${config.topics.prefix}.`
  const events = config.streams.map(({ name, topic }): AclRule => ({
    resource: 'topic',
    name: topic,
    isPrefix: false,
    operations: ['Read', 'Describe'],
    purpose: `events of stream ${name}; never written`,
  }))
  return [
    ...events,
    {
      resource: 'topic',
      name: prefix,
      isPrefix: true,
      operations: ['Read', 'Write', 'Describe'],
      purpose: 'own topics',
    },
    {
      resource: 'group',
      name: prefix,
      isPrefix: true,
      operations: ['Read', 'Describe'],
      purpose: 'own consumer groups',
    },
    // A tail is the only member of a group that is named after the client: Kafka's clients cannot read without one.
    {
      resource: 'group',
      name: `${config.kafka?.clientId ?? DEFAULTS.clientId}.tail.`,
      isPrefix: true,
      operations: ['Read', 'Describe'],
      purpose: 'what every instance reads for itself',
    },
    {
      resource: 'cluster',
      name: '',
      isPrefix: false,
      operations: ['IdempotentWrite'],
      purpose: 'the idempotent producer; only brokers before 2.8 ask for it',
    },
  ]
}
