import type { PaneConfig } from '../config/shape.ts'
import { digestOf } from './digest.ts'
import { isCount, isName, isObject } from './guards.ts'
import type { PanesConfigured } from './record.ts'

/** Whoever reads such a record observes by it: so it is looked at to its last key, and must be what its digest says. */
export function isPanesConfigured(body: object): body is PanesConfigured {
  const { type, stream, fromMs, paneConfig, paneConfigDigest, roles, by, reason, atMs } = body as Record<
    string,
    unknown
  >
  return (
    type === 'panes-configured' &&
    [stream, by, reason].every(isName) &&
    (fromMs === null || isCount(fromMs)) &&
    isCount(atMs) &&
    isPaneConfig(paneConfig) &&
    paneConfig.streams[0]?.name === stream &&
    digestOf(paneConfig) === paneConfigDigest &&
    Array.isArray(roles) &&
    roles.length === paneConfig.streams.length &&
    paneConfig.streams.every(({ fields }, at) => isRoles(roles[at], fields.length))
  )
}

function isPaneConfig(value: unknown): value is PaneConfig {
  if (!isObject(value) || value['paneConfig'] !== 'evenkeel.pane-config/v1') return false
  const { panes, limits, streams } = value
  if (!isObject(panes) || !isObject(limits) || !Array.isArray(streams)) return false
  const { lengthMs, latenessMs, aheadMs } = panes
  return (
    [lengthMs, latenessMs, aheadMs, limits['recordBytes']].every(isCount) && lengthMs !== 0 && streams.every(isShape)
  )
}

function isShape(stream: unknown): boolean {
  if (!isObject(stream)) return false
  const { name, topic, format, eventTime, id, unit, salt, cohort, synthetic, fields, engagement } = stream
  return (
    [name, topic].every(isName) &&
    (format === 'avro' || format === 'json') &&
    isObject(eventTime) &&
    isName(eventTime['field']) &&
    (eventTime['unit'] === null || ['ms', 's', 'us', 'iso8601'].some((each) => each === eventTime['unit'])) &&
    [id, unit].every((field) => field === null || isName(field)) &&
    typeof salt === 'string' &&
    isObject(cohort) &&
    isName(cohort['field']) &&
    isTexts(cohort['control']) &&
    isTexts(cohort['candidate']) &&
    (synthetic === null ||
      (isObject(synthetic) && isName(synthetic['field']) && typeof synthetic['equals'] === 'string')) &&
    Array.isArray(fields) &&
    fields.every(isField) &&
    Array.isArray(engagement) &&
    engagement.every(isMetric)
  )
}

function isField(field: unknown): boolean {
  if (!isObject(field)) return false
  const { name, kind, range, values, required } = field
  return (
    isName(name) &&
    ['numeric', 'categorical', 'boolean'].some((each) => each === kind) &&
    (range === null || (Array.isArray(range) && range.length === 2 && range.every(Number.isFinite))) &&
    (values === null || isTexts(values)) &&
    typeof required === 'boolean'
  )
}

function isMetric(metric: unknown): boolean {
  if (!isObject(metric) || !isName(metric['name'])) return false
  const { kind, field, equals, numerator, per } = metric
  if (kind === 'rate') return isName(field) && typeof equals === 'string'
  if (kind !== 'ratio' || !isName(per) || !isObject(numerator)) return false
  return isName(numerator['stream']) && (numerator['sum'] === null || isName(numerator['sum']))
}

function isRoles(roles: unknown, count: number): boolean {
  const known = ['feature', 'prediction', 'label', 'segment']
  return Array.isArray(roles) && roles.length === count && roles.every((role) => known.some((each) => each === role))
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
