import type { FieldConfig, PaneConfig } from '../config/shape.ts'

/**
 * Records of the ledger that the pipes need. Each stands in the ledger topic as RFC 8785 canonical JSON:
 * {ledger: 'evenkeel.ledger/v1', body, previous, digest}: `previous` the digest of the record before (the chain), `digest` sha256 of the record without it.
 */
export type LedgerBody = PipeBody | SaidBody | RecordQuarantined | EraBody
/** What is said of the eras of a group. */
export type EraBody = PanesConfigured | PanesWithdrawn
/** Those that the pipes write themselves, each of one group of streams. */
export type PipeBody = WatchStarted | CellsFrozen | SegmentsFrozen

/** The first slice of a stream group's era: T = 1. */
export interface WatchStarted {
  type: 'watch-started'
  stream: string
  fromMs: number
  lengthMs: number
  paneConfigDigest: string
}

/**
 * The cells of one field (statistics.md 2): `cut` counts from 1. The first by the field's values, one more after the stream's
 * first day, one when a named field turned to hash bins.
 * They hold from slice `fromNumber` on (the first cut: from 1): what is judged with them. Tables of the slices after
 * `afterNumber` are written on these cells, those through it on what stood there before.
 */
export interface CellsFrozen {
  type: 'cells-frozen'
  /** The group's first stream, and the stream of the field. */
  stream: string
  fieldStream: string
  field: string
  cut: number
  /** The number of the slice that caused it: whoever folds applies it after that slice and never earlier, however early it is known. */
  afterNumber: number
  fromNumber: number
  cells: Cells
  /** Values of control + candidate in each cell at the cut. */
  counts: number[]
}

/** Somebody looked at a baseline and said that live data may be compared with it. It decides nothing: the file's stamp does. */
export interface BaselineVerified {
  type: 'baseline-verified'
  /** Of the baseline file. */
  digest: string
  by: string
  atMs: number
}

/** What people say, by a command. No verdict hears it but what a baseline's own stamp says. */
export type SaidBody = BaselineVerified | AlertAcknowledged | CheckMuted

/** Somebody sees to an alert. */
export interface AlertAcknowledged {
  type: 'alert-acknowledged'
  /** Of the alert. */
  stream: string
  /** Its id: of the event with which it fired. */
  alert: string
  by: string
  reason: string
  atMs: number
}

/** A check shall tell nobody before `untilMs`, in event time. The last record of a check counts; one with 0 ends a mute. */
export interface CheckMuted {
  type: 'check-muted'
  /** Of the check. */
  stream: string
  check: string
  by: string
  reason: string
  atMs: number
  untilMs: number
}

/** Which values of declared segments are counted inside, from a pane start on (pane/segments.ts): one for a watch. */
export interface SegmentsFrozen {
  type: 'segments-frozen'
  /** The group's first stream. */
  stream: string
  /** The number of the slice that caused it. */
  afterNumber: number
  /** Panes that start here or later count, so that slices from `fromNumber` on can. */
  fromMs: number
  fromNumber: number
  /** In the order of the configuration; at most 20 values each, by their UTF-8 bytes. */
  fields: { fieldStream: string; field: string; values: string[] }[]
}

/**
 * An event that ended every process that read it (service/crash-journal.ts). Whoever comes to it from here on takes it for
 * undecodable, without reading it.
 */
export interface RecordQuarantined {
  type: 'record-quarantined'
  /** Whose event it is, and where it stands. */
  stream: string
  topic: string
  partition: number
  offset: number
  /** sha256 of its value, to find it by; never the value. */
  hash: string
}

/**
 * An era of a group of streams begins (ledger/era-book.ts): from this pane start on its panes have this shape, for everybody,
 * whatever the file of an instance says. The first stands there before any pane does.
 */
export interface PanesConfigured {
  type: 'panes-configured'
  /** The group's first stream. */
  stream: string
  /** A pane start of this era and of the one before; null: the first. */
  fromMs: number | null
  paneConfig: PaneConfig
  paneConfigDigest: string
  /** Of every field, in the order of `paneConfig`: for instances whose own file does not know the field yet. They shape no pane. */
  roles: FieldConfig['role'][][]
  by: string
  reason: string
  atMs: number
}

/** The era that was announced last, and has not begun, does not begin: panes go on as they are. */
export interface PanesWithdrawn {
  type: 'panes-withdrawn'
  /** The group's first stream. */
  stream: string
  /** Of the era. */
  fromMs: number
  paneConfigDigest: string
  by: string
  reason: string
  atMs: number
}

export type Cells =
  /** Full-resolution indices (20 mantissa bits), ascending; cell of a bin = #{cut < its lowest index}; cuts.length + 1 cells. */
  | { kind: 'numeric'; cuts: number[] }
  /** By bytes (UTF-8 order); names.length + 1 cells, the last is `new`. */
  | { kind: 'names'; names: string[] }
  /** 64 cells: the hash bins. */
  | { kind: 'hashed' }
