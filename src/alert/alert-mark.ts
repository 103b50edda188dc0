import type { Alert } from '../verdict/check.ts'
import { subjectOf } from '../verdict/subject.ts'
import type { NoticeType } from './identity.ts'
import type { AlertNotice } from './notice.ts'

/** One event in the life of an alert, as lists and pictures over time show it. */
export interface AlertMark extends Pick<
  Alert,
  'check' | 'stream' | 'field' | 'segment' | 'severity' | 'direction' | 'effect' | 'evidence' | 'n' | 'reason'
> {
  /** Of this event, as it stands on the alerts topic. */
  id: string
  /** Of the alert: of its firing event. */
  alertId: string
  checkId: string
  type: NoticeType
  /** Event time: the end of the slice that caused it. */
  atMs: number
}

export function alertMark({ id, type, alert, sliceEndMs }: AlertNotice): AlertMark {
  const { check, stream, field, segment, severity, direction, effect, evidence, n, reason } = alert
  const told = { check, stream, field, segment, severity, direction, effect, evidence, n, reason }
  return { id, alertId: alert.id, checkId: checkIdOf(alert), type, atMs: sliceEndMs, ...told }
}

/** Of the check that an alert is of. */
export function checkIdOf({ stream, check, field, against, segment }: Alert): string {
  return subjectOf(stream, check, field, against, segment).id
}
