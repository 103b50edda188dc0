import { digestOf } from '../ledger/digest.ts'
import type { Digest } from '../ledger/digest.ts'
import { canonicalJson } from '../ledger/canonical-json.ts'
import type { Cells } from '../ledger/record.ts'
import type { StreamShape } from './shape.ts'

/**
 * What a stream said on other days: frozen cells, and per UTC hour how many events there were and how many of them counted.
 * A file (`schemas/baseline.schema.json`): one line of RFC 8785 canonical JSON.
 *
 * Only the hours are kept. What follows from them is not: days, the totals of each slot (hour of the week or of the day), and
 * how much days differ.
 */
export interface Baseline {
  baseline: typeof BASELINE
  /** Of everything else but `verified`: a stamp must not make it another baseline. */
  digest: Digest
  codeVersion: string
  /** Whose events: those of control and candidate together, or of one of them. */
  cohort: BaselineCohort
  /** Of the slices it was made of. */
  lengthMs: number
  groups: BaselineGroup[]
  streams: BaselineStream[]
  /** Live slices never enter a baseline by themselves: somebody looked at it and said that it may be compared with. */
  verified: { by: string; atMs: number } | null
}

export const BASELINE = 'evenkeel.baseline/v1'
export const BASELINE_COHORTS = ['all', 'control', 'candidate'] as const
export type BaselineCohort = (typeof BASELINE_COHORTS)[number]

/** Streams that share slices, and the slices. */
export interface BaselineGroup {
  name: string
  paneConfigDigest: string
  /** `chain` as in alerts: a digest over the digests of the slices, in order. */
  slices: { fromMs: number; toMs: number; count: number; chain: string }
  /** Where it was made of event topics: what was read of them. */
  offsets?: BaselineOffsets[]
}

/** The records [from, to) of one partition. */
export interface BaselineOffsets {
  topic: string
  partition: number
  from: number
  to: number
}

export interface BaselineStream {
  name: string
  /** What its figures mean: a configuration that says otherwise cannot be compared with them. */
  shape: StreamShape
  /** Accepted events, repeats aside. */
  events: number
  units: { count: number; estimated: boolean }
  /** UTC hours that hold events, counted from 1970, ascending. All figures below are by these. */
  hours: number[]
  metrics: BaselineMetric[]
}

export interface BaselineMetric {
  measure: MeasureName
  /** The field, or the engagement metric. */
  name: string
  /** `values` of a numeric or categorical field: its cells and how many values each held; null = too few values, or no cells. */
  cells: Cells | null
  counts: number[] | null
  /** Events that could count, by hour. */
  n: number[]
  /** Events that counted, by hour: of each cell; of a rate one list. Empty where cells are missing. */
  x: number[][]
}

/** `values`: cells of a field, or a boolean's true. `rate`: an engagement rate. */
export type MeasureName = 'values' | 'missing' | 'range' | 'rate'

export function sealBaseline(parts: Omit<Baseline, 'baseline' | 'digest' | 'verified'>): Baseline {
  const content = { baseline: BASELINE, ...parts } as const
  return { ...content, digest: digestOf(content), verified: null }
}

export function digestOfBaseline(baseline: Baseline): Digest {
  const { digest: _digest, verified: _verified, ...content } = baseline
  return digestOf(content)
}

/** The text of its file. */
export function baselineText(baseline: Baseline): string {
  return `${canonicalJson(baseline)}\n`
}
