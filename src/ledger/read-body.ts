import { isCount, isName, isObject } from './guards.ts'
import { isPanesConfigured } from './read-pane-config.ts'
import type {
  AlertAcknowledged,
  BaselineVerified,
  Cells,
  CellsFrozen,
  CheckMuted,
  LedgerBody,
  PanesWithdrawn,
  RecordQuarantined,
  SegmentsFrozen,
  WatchStarted,
} from './record.ts'

/** A body of a known type and of its shape; null for any other. */
export function readBody(value: unknown): LedgerBody | null {
  if (!isObject(value)) return null
  if (isWatchStarted(value) || isSegmentsFrozen(value)) return value
  if (isBaselineVerified(value) || isAlertAcknowledged(value) || isCheckMuted(value)) return value
  if (isRecordQuarantined(value) || isPanesConfigured(value) || isPanesWithdrawn(value)) return value
  return isCellsFrozen(value) ? value : null
}

function isWatchStarted(body: object): body is WatchStarted {
  const { type, stream, fromMs, lengthMs, paneConfigDigest } = body as Record<string, unknown>
  return (
    type === 'watch-started' &&
    typeof stream === 'string' &&
    Number.isSafeInteger(fromMs) &&
    isCount(lengthMs) &&
    lengthMs > 0 &&
    typeof paneConfigDigest === 'string'
  )
}

function isBaselineVerified(body: object): body is BaselineVerified {
  const { type, digest, by, atMs } = body as Record<string, unknown>
  const isDigest = typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest)
  return type === 'baseline-verified' && isDigest && typeof by === 'string' && by !== '' && Number.isSafeInteger(atMs)
}

function isAlertAcknowledged(body: object): body is AlertAcknowledged {
  const { type, alert } = body as Record<string, unknown>
  return type === 'alert-acknowledged' && isName(alert) && isSaid(body)
}

function isCheckMuted(body: object): body is CheckMuted {
  const { type, check, untilMs } = body as Record<string, unknown>
  return type === 'check-muted' && isName(check) && isSaid(body) && isCount(untilMs)
}

function isRecordQuarantined(body: object): body is RecordQuarantined {
  const { type, stream, topic, partition, offset, hash } = body as Record<string, unknown>
  const isDigest = typeof hash === 'string' && /^sha256:[0-9a-f]{64}$/.test(hash)
  return (
    type === 'record-quarantined' && [stream, topic].every(isName) && isCount(partition) && isCount(offset) && isDigest
  )
}

function isPanesWithdrawn(body: object): body is PanesWithdrawn {
  const { type, fromMs, paneConfigDigest } = body as Record<string, unknown>
  return type === 'panes-withdrawn' && isCount(fromMs) && typeof paneConfigDigest === 'string' && isSaid(body)
}

/** Whose words they are, and about which stream. */
function isSaid(body: object): boolean {
  const { stream, by, reason, atMs } = body as Record<string, unknown>
  return [stream, by, reason].every(isName) && Number.isSafeInteger(atMs)
}

function isCellsFrozen(body: object): body is CellsFrozen {
  const { type, stream, fieldStream, field, cut, afterNumber, fromNumber, cells, counts } = body as Record<
    string,
    unknown
  >
  return (
    type === 'cells-frozen' &&
    [stream, fieldStream, field].every((name) => typeof name === 'string') &&
    [cut, afterNumber, fromNumber].every(isCount) &&
    isObject(cells) &&
    isCells(cells) &&
    Array.isArray(counts) &&
    counts.every(isCount) &&
    counts.length === lengthOf(cells)
  )
}

function isSegmentsFrozen(body: object): body is SegmentsFrozen {
  const { type, stream, afterNumber, fromMs, fromNumber, fields } = body as Record<string, unknown>
  return (
    type === 'segments-frozen' &&
    typeof stream === 'string' &&
    isCount(afterNumber) &&
    Number.isSafeInteger(fromMs) &&
    isCount(fromNumber) &&
    fromNumber > afterNumber &&
    Array.isArray(fields) &&
    fields.every((each) => isObject(each) && isSegmentField(each))
  )
}

function isSegmentField(each: object): boolean {
  const { fieldStream, field, values } = each as Record<string, unknown>
  return (
    typeof fieldStream === 'string' &&
    typeof field === 'string' &&
    Array.isArray(values) &&
    values.every((value) => typeof value === 'string') &&
    new Set(values).size === values.length
  )
}

function isCells(cells: object): cells is Cells {
  const { kind, cuts, names } = cells as Record<string, unknown>
  if (kind === 'hashed') return true
  if (kind === 'names') return Array.isArray(names) && names.every((name) => typeof name === 'string')
  return (
    kind === 'numeric' &&
    Array.isArray(cuts) &&
    cuts.every((cut, at) => Number.isSafeInteger(cut) && (at === 0 || cut > cuts[at - 1]))
  )
}

function lengthOf(cells: Cells): number {
  return cells.kind === 'hashed' ? 64 : (cells.kind === 'names' ? cells.names.length : cells.cuts.length) + 1
}
