import type { StreamConfig } from '../config/shape.ts'
import type { Alert } from '../verdict/check.ts'
import type { NoticeType } from './identity.ts'

/** One thing to tell on the alerts topic: all that its CloudEvent is made of. */
export interface AlertNotice {
  type: NoticeType
  /** Of this notice; of a firing one it is the alert's own. */
  id: string
  fingerprint: string
  alert: Alert
  releaseId: string | null
  /** The slice that caused it. */
  sliceStartMs: number
  sliceEndMs: number
  /** Of the group's verdict at that slice. */
  verdictDigest: string
  slices: SlicesJudged
  /** Its field is one that two cohorts can be compared by: a schema alert may be of a time or of a cohort field. */
  isComparable: boolean
}

export function comparableIn(group: readonly StreamConfig[]): (of: Pick<Alert, 'stream' | 'field'>) => boolean {
  const named = group.map(({ name, fields, engagement }) => [name, new Set([...fields, ...engagement].map((each) => each.name))] as const) // prettier-ignore
  const byStream = new Map(named)
  return ({ stream, field }) => field !== null && byStream.get(stream)!.has(field)
}

/** The slices a verdict is made of: enough to find them again and to see that not one was changed. */
export interface SlicesJudged {
  fromMs: number
  toMs: number
  count: number
  /** `sha256:…`, see slice-chain.ts. */
  chain: string
}
