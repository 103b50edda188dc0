import { canonicalJson } from '../ledger/canonical-json.ts'
import { sha256 } from '../ledger/digest.ts'
import type { Alert } from '../verdict/check.ts'

/** Which alert: the same fault, found again or told again, is the same alert. The direction is the one it fired with. */
export interface AlertIdentity extends Pick<
  Alert,
  'stream' | 'check' | 'field' | 'segment' | 'cohort' | 'against' | 'direction'
> {
  release: string | null
}

export type NoticeType = 'firing' | 'updated' | 'resolved'

/**
 * The key of an alert's records on the alerts topic. Made from names alone, so that a redelivered slice, another instance and a
 * restart all arrive at the same key.
 */
export function fingerprint(identity: AlertIdentity): string {
  return shortened([...partsOf(identity)])
}

/** The id of one notice: of the alert, the type and the slice that caused it. Nothing in it comes from a clock. */
export function noticeId(identity: AlertIdentity, type: NoticeType, sliceStartMs: number): string {
  return shortened([...partsOf(identity), type, sliceStartMs])
}

/** What the alerts that fire in one slice share; made of the group of streams and the slice alone. */
export function groupKey(stream: string, sliceStartMs: number): string {
  return shortened(['group', null, stream, sliceStartMs])
}

function partsOf({ release, stream, check, field, segment, cohort, against, direction }: AlertIdentity): unknown[] {
  return [release, stream, check, field, segment, cohort, against, direction]
}

/** 128 bits of sha256 in hex: short enough to read aloud by halves, far too long to meet by chance. */
function shortened(parts: readonly unknown[]): string {
  return sha256(canonicalJson(parts)).slice('sha256:'.length, 'sha256:'.length + 32)
}
