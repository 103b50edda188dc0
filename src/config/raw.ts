/** The YAML form, as `schemas/config.schema.json` allows it. */
export interface RawConfig {
  instance?: string
  kafka?: RawKafka | null
  log?: { directory: string } | null
  registry?: { url?: string; directory?: string } | null
  topics?: { prefix?: string }
  http?: { listen?: string }
  state?: { directory?: string }
  alertmanager?: RawAlertmanager | null
  panes?: { length?: string; lateness?: string; ahead?: string; idle?: string; completeWithin?: string }
  limits?: { recordBytes?: string | number }
  roles?: ('observe' | 'assemble' | 'judge')[]
  baseline?: string | null
  streams: RawStream[]
  policy?: RawPolicy
}

export interface RawKafka {
  brokers: string[]
  clientId?: string
  sessionTimeout?: string
  ssl?: boolean | RawSsl
  sasl?: {
    mechanism?: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    username: string
    password?: string
    passwordFile?: string
  } | null
}

export interface RawSsl {
  ca?: string
  caFile?: string
  cert?: string
  certFile?: string
  key?: string
  keyFile?: string
  rejectUnauthorized?: boolean
}

export interface RawAlertmanager {
  url: string | string[]
  username?: string
  password?: string
  passwordFile?: string
  token?: string
  tokenFile?: string
  every?: string
  link?: string
  labels?: { name: string; value: string }[]
}

export type RawText = string | number | boolean
export type RawShares = { control: number; candidate: number }

export interface RawStream {
  name: string
  topic: string
  start?: string
  format: 'avro' | 'json'
  eventTime: string | { field: string; unit?: 'ms' | 's' | 'us' | 'iso8601' }
  id?: string | null
  unit?: string | null
  salt?: RawText
  cohort: { field: string; control: RawText | RawText[]; candidate: RawText | RawText[] }
  allocation?: RawShares | (RawShares & { from: string })[] | null
  synthetic?: { field: string; equals: RawText } | null
  fields?: RawField[]
  engagement?: RawMetric[]
}

export interface RawField {
  name: string
  kind: 'numeric' | 'categorical' | 'boolean'
  role?: 'feature' | 'prediction' | 'label' | 'segment'
  range?: [number | null, number | null] | null
  values?: RawText[] | null
  required?: boolean
}

export interface RawMetric {
  name: string
  rate?: { field: string; equals: RawText }
  ratio?: { sum?: string | { stream: string; field: string }; count?: string; per: string }
}

export interface RawPolicy {
  falseAlarmBudget?: number
  horizon?: string
  require?: 'all' | string[]
  levels?: number
  shares?: { features?: number; engagement?: number; population?: number; quality?: number }
  effectMin?: Record<string, number>
  margin?: Record<string, number>
  clear?: number
  segments?: 'auto' | 'off'
  expect?: { check: string; stream?: string | null; field?: string | null; reason: string }[]
}

/** What is left of a configuration once everything of the wrong type is taken out: any part may be missing. */
export type Draft<T> = T extends (infer E)[]
  ? (Draft<E> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Draft<T[K]> | undefined }
    : T
