import type { RejectingReason } from '../contract/violation.ts'

/** Examples of rejected records: the newest of each stream and reason, so that many of one hide none of another. */
export interface QuarantineFacts {
  /** Newest first, by when the broker took them. */
  examples: readonly QuarantinedExample[]
  /** So many are kept of each stream and reason; all of them are counted in `violations`, and stand on the topic. */
  examplesMax: number
}

export interface QuarantinedExample {
  stream: string
  topic: string
  partition: number
  offset: number
  reason: RejectingReason
  /** The time field or the cohort field, where one is at fault. */
  field: string | null
  /** `sha256:…` of the record's value: to see which of them are the same; null for a tombstone. */
  hash: string | null
  /** When it was set aside: the broker's clock. */
  quarantinedAtMs: number
}
