/** The shapes that reports, alerts and the API share (contracts.md 2 and 3). */
export type CheckName =
  | 'numeric' | 'categorical' | 'boolean' | 'missing' | 'range' | 'engagement' | 'representation' | 'sample-ratio'
  | 'cross-cohort' | 'volume' | 'duplicates' | 'lateness' | 'schema' // prettier-ignore
export type Against = 'control' | 'baseline' | 'plan' | 'contract'
export type VerdictKind = 'PASS' | 'FAIL' | 'INSUFFICIENT' | 'ERROR'
export type Severity = 'info' | 'warning' | 'critical'

export interface Effect {
  name: 'location' | 'spread' | 'share' | 'omnibus' | 'difference' | 'relative' | 'candidate-share' | 'switchers'
  estimate: number
  /** null for omnibus. */
  low: number | null
  high: number | null
  /** effectMin. */
  threshold: number
}

export interface Evidence {
  nats: number
  thresholdNats: number
}

export interface CheckVerdict {
  id: string
  stream: string
  check: CheckName
  /** null where a check has none; for engagement the metric's name. */
  field: string | null
  segment: string | null
  against: Against
  verdict: VerdictKind
  expected: boolean
  /** One sentence, never empty. */
  reason: string
  effect: Effect | null
  evidence: Evidence | null
  n: { control: number; candidate: number }
}

export interface Alert {
  /** Of the firing event. */
  id: string
  check: CheckName
  stream: string
  field: string | null
  segment: string | null
  cohort: 'control' | 'candidate'
  against: Against
  severity: Severity
  state: 'firing' | 'resolved'
  firedAtMs: number
  resolvedAtMs: number | null
  /** Alerts of one cause share it: they are one notice. */
  group: string
  direction: 'up' | 'down' | 'changed'
  effect: Effect | null
  evidence: Evidence | null
  n: { control: number; candidate: number }
  reason: string
}
