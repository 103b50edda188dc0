/**
 * The configuration after loading: every default filled in, every duration in milliseconds, every shorthand spelled out.
 * `config/load.ts` makes it from YAML; everything else only reads it. The YAML form is `schemas/config.schema.json`.
 */
export interface Config {
  instance: string
  /** Exactly one of `kafka` and `log` is set for `run`; `replay` needs neither. */
  kafka: KafkaConfig | null
  log: { directory: string } | null
  registry: { url: string } | { directory: string } | null
  topics: { prefix: string }
  http: { host: string; port: number }
  state: { directory: string }
  alertmanager: AlertmanagerConfig | null
  panes: PanesConfig
  limits: { recordBytes: number }
  roles: readonly Role[]
  /** Path of a baseline file, or null. */
  baseline: string | null
  streams: readonly StreamConfig[]
  policy: PolicyConfig
}

export type Role = 'observe' | 'assemble' | 'judge'

export interface KafkaConfig {
  brokers: readonly string[]
  clientId: string
  /** How long an instance may be silent before its partitions go to others. Absent: kafka-settings.ts says. */
  sessionTimeoutMs?: number
  ssl: boolean | { ca?: string; cert?: string; key?: string; rejectUnauthorized?: boolean }
  sasl: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string } | null
}

/** Alerts are pushed to every one of these, beside the alerts topic. */
export interface AlertmanagerConfig {
  /** Without a slash at the end. */
  urls: readonly string[]
  credentials: { username: string; password: string } | { token: string } | null
  /** How often what fires is said again. */
  everyMs: number
  /** Where people reach this service: begins the links in alerts. Without a slash at the end. */
  link: string | null
  /** Labels that every pushed alert has. */
  labels: Readonly<Record<string, string>>
}

export interface PanesConfig {
  lengthMs: number
  latenessMs: number
  aheadMs: number
  idleMs: number
  completeWithinMs: number
}

export interface StreamConfig {
  name: string
  topic: string
  /** 'latest' | 'earliest' | epoch milliseconds (from an RFC 3339 text). */
  start: 'latest' | 'earliest' | number
  format: 'avro' | 'json'
  /** `unit` null = Avro's logical type decides (the shorthand `eventTime: ts`). JSON with the shorthand means 'ms'. */
  eventTime: { field: string; unit: 'ms' | 's' | 'us' | 'iso8601' | null }
  id: string | null
  unit: string | null
  /** Default: the topic prefix. */
  salt: string
  cohort: { field: string; control: readonly string[]; candidate: readonly string[] }
  /** Planned shares by event time, ascending `fromMs` (the first is -Infinity when given as one pair); null = not planned. */
  allocation: readonly { fromMs: number; control: number; candidate: number }[] | null
  synthetic: { field: string; equals: string } | null
  fields: readonly FieldConfig[]
  engagement: readonly EngagementConfig[]
}

export interface FieldConfig {
  /** A dotted path into the event. */
  name: string
  kind: 'numeric' | 'categorical' | 'boolean'
  role: 'feature' | 'prediction' | 'label' | 'segment'
  range: readonly [number, number] | null
  values: readonly string[] | null
  required: boolean
}

/** `sum` names a field of a stream; `count` counts a stream's accepted events. `per` is a stream's name (never the reserved word). */
export type EngagementConfig =
  | { name: string; kind: 'rate'; field: string; equals: string }
  | {
      name: string
      kind: 'ratio'
      numerator: { stream: string; sum: string } | { stream: string; sum: null }
      per: string
    }

/**
 * Exactly the keys that shape the panes of a group of streams (config/pane-config.ts), as the ledger holds them: sets are sorted,
 * fields and metrics stand in their order.
 */
export interface PaneConfig {
  paneConfig: 'evenkeel.pane-config/v1'
  panes: Pick<PanesConfig, 'lengthMs' | 'latenessMs' | 'aheadMs'>
  limits: { recordBytes: number }
  streams: readonly PaneShape[]
}

export interface PaneShape extends Omit<StreamConfig, 'start' | 'allocation' | 'fields'> {
  fields: readonly Omit<FieldConfig, 'role'>[]
}

export interface PolicyConfig {
  falseAlarmBudget: number
  horizonMs: number
  /** 'all' or check ids. */
  require: 'all' | readonly string[]
  levels: number
  shares: { features: number; engagement: number; population: number; quality: number }
  /** By the names of `statistics.md` 7: location, spread, cell, newCell, omnibus, boolean, representation, engagement, missing, range, duplicates, lateness, schema, volume, sampleRatio, crossCohort. */
  effectMin: Readonly<Record<EffectName, number>>
  /** PASS margin as a multiple of effectMin, by the same names. */
  margin: Readonly<Record<EffectName, number>>
  /** Calm slices before an alert resolves. */
  clear: number
  segments: 'auto' | 'off'
  expect: readonly { check: string; stream: string | null; field: string | null; reason: string }[]
}

export const EFFECT_NAMES = [
  'location', 'spread', 'cell', 'newCell', 'omnibus', 'boolean', 'representation', 'engagement', 'missing', 'range',
  'duplicates', 'lateness', 'schema', 'volume', 'sampleRatio', 'crossCohort',
] as const // prettier-ignore
export type EffectName = (typeof EFFECT_NAMES)[number]
