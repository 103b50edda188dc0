import { isCount, isObject } from '../ledger/guards.ts'
import type { Cells } from '../ledger/record.ts'
import { cellCount } from '../slice/cells-of.ts'
import { BASELINE, BASELINE_COHORTS, digestOfBaseline } from './baseline.ts'
import type { Baseline, BaselineMetric, BaselineStream } from './baseline.ts'

/** Reads a baseline's text; answers why it is none in place of it. The digest finds damage, the rest what never was one. */
export function readBaseline(text: string): Baseline | { problem: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { problem: `is no JSON: ${(error as Error).message}` }
  }
  if (!isObject(value) || value.baseline === undefined) return { problem: 'is no baseline' }
  if (value.baseline !== BASELINE) return { problem: `is of version ${JSON.stringify(value.baseline)}, this is ${BASELINE}` } // prettier-ignore
  const baseline = value as unknown as Baseline
  if (!matchesDigest(baseline)) return { problem: 'is damaged: its digest is not that of its contents' }
  return isBaseline(value) ? baseline : { problem: 'does not have the shape of a baseline' }
}

function matchesDigest(baseline: Baseline): boolean {
  try {
    return digestOfBaseline(baseline) === baseline.digest
  } catch {
    return false // Half of a surrogate pair has no canonical form: nobody sealed this.
  }
}

type Known = Record<string, unknown>

function isBaseline({ codeVersion, cohort, lengthMs, groups, streams, verified }: Known): boolean {
  return (
    typeof codeVersion === 'string' &&
    (BASELINE_COHORTS as readonly unknown[]).includes(cohort) &&
    isCount(lengthMs) &&
    lengthMs > 0 &&
    Array.isArray(groups) &&
    groups.every(isGroup) &&
    Array.isArray(streams) &&
    streams.every(isStream) &&
    (verified === null ||
      (isObject(verified) && typeof verified.by === 'string' && Number.isSafeInteger(verified.atMs)))
  )
}

function isGroup(group: unknown): boolean {
  if (!isObject(group) || !isObject(group.slices)) return false
  const { fromMs, toMs, count, chain } = group.slices
  const { name, paneConfigDigest, offsets = [] } = group
  const texts = [name, paneConfigDigest, chain]
  if (!texts.every((text) => typeof text === 'string') || !Array.isArray(offsets)) return false
  return [fromMs, toMs].every(Number.isSafeInteger) && isCount(count) && offsets.every(isOffsets)
}

function isOffsets(range: unknown): boolean {
  if (!isObject(range)) return false
  const { topic, partition, from, to } = range
  return typeof topic === 'string' && isCount(partition) && isCount(from) && isCount(to) && from < to
}

function isStream(stream: unknown): boolean {
  if (!isObject(stream)) return false
  const { name, shape, events, units, hours, metrics } = stream as Partial<BaselineStream>
  return (
    typeof name === 'string' &&
    isShape(shape) &&
    isCount(events) &&
    isObject(units) &&
    isCount(units.count) &&
    typeof units.estimated === 'boolean' &&
    isAscending(hours) &&
    Array.isArray(metrics) &&
    metrics.every((metric) => isMetric(metric, hours.length))
  )
}

function isShape(shape: unknown): boolean {
  if (!isObject(shape) || !isObject(shape.eventTime)) return false
  const { fields, rates } = shape
  const isNamed = (each: unknown): boolean => isObject(each) && typeof each.name === 'string'
  return Array.isArray(fields) && fields.every(isNamed) && Array.isArray(rates) && rates.every(isNamed)
}

function isMetric(metric: unknown, hours: number): boolean {
  if (!isObject(metric)) return false
  const { measure, name, cells, counts, n, x } = metric as Partial<BaselineMetric>
  const isColumn = (column: unknown): column is number[] =>
    Array.isArray(column) && column.length === hours && column.every(isCount)
  if (typeof name !== 'string' || !isColumn(n) || !Array.isArray(x) || !x.every(isColumn)) return false
  if (!['values', 'missing', 'range', 'rate'].includes(measure ?? '')) return false
  if (cells === null) return counts === null && x.length <= 1 && x.every((column) => isWithin([column], n))
  if (measure !== 'values' || !isCells(cells) || !Array.isArray(counts) || !counts.every(isCount)) return false
  return counts.length === cellCount(cells) && x.length === counts.length && isWithin(x, n)
}

/** No more events counted than there were: a share is a share. */
function isWithin(x: readonly number[][], n: readonly number[]): boolean {
  return n.every((events, at) => x.reduce((sum, column) => sum + column[at]!, 0) <= events)
}

function isCells(cells: unknown): cells is Cells {
  if (!isObject(cells)) return false
  const { kind, cuts, names } = cells
  if (kind === 'numeric') return isAscending(cuts)
  if (kind === 'names') return Array.isArray(names) && names.every((name) => typeof name === 'string')
  return kind === 'hashed'
}

function isAscending(list: unknown): list is number[] {
  return (
    Array.isArray(list) &&
    list.every((each, at) => Number.isSafeInteger(each) && (at === 0 || each > (list[at - 1] as number)))
  )
}
