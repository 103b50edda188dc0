import type { MetricObjectWithValues, MetricValueWithName, OpenMetricsContentType, Registry } from 'prom-client'

export type ExpositionFormat = 'text' | 'openmetrics'

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/**
 * A registry as text, in the older Prometheus format or in OpenMetrics 1.0.
 *
 * prom-client can write both, but not from one registry: writing OpenMetrics renames its counters for good, so that the
 * next scrape in the other format would lose every `_total`. Prometheus asks for one, people with curl for the other.
 */
export async function writeExposition(
  registry: Registry<OpenMetricsContentType>,
  format: ExpositionFormat,
): Promise<string> {
  const metrics = (await registry.getMetricsAsJSON()) as readonly Metric[]
  const lines: string[] = []
  for (const metric of metrics) writeMetric(metric, format, lines)
  if (format === 'openmetrics') lines.push('# EOF')
  return `${lines.join('\n')}\n`
}

/** What a scraper asks for by `Accept`: OpenMetrics if it prefers it at least as much as plain text. */
export function chooseFormat(accept: string | undefined): ExpositionFormat {
  let text = 0
  let openMetrics = 0
  for (const part of (accept ?? '').split(',')) {
    const [type, ...parameters] = part.split(';').map((each) => each.trim().toLowerCase())
    const quality = qualityOf(parameters)
    const version = parameters.find((each) => each.startsWith('version='))?.slice('version='.length)
    if (type === 'application/openmetrics-text' && isVersionOne(version)) openMetrics = Math.max(openMetrics, quality)
    else if (type === 'text/plain' || type === 'text/*' || type === '*/*') text = Math.max(text, quality)
  }
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'text'
}

/** Values carry their exemplar and the name of their sample (`_bucket`, `_sum`, `_count`), which the client's types leave out. */
type Metric = MetricObjectWithValues<MetricValueWithName<string> & { exemplar?: Exemplar | null }>

interface Exemplar {
  labelSet: Readonly<Record<string, string | number>>
  value: number
  timestamp: number
}

function writeMetric(metric: Metric, format: ExpositionFormat, lines: string[]): void {
  const type = metric.type as unknown as string
  const isOpenMetrics = format === 'openmetrics'
  // In OpenMetrics the family has the short name and only the sample ends in _total.
  const family = isOpenMetrics && type === 'counter' ? metric.name.replace(/_total$/, '') : metric.name
  lines.push(`# HELP ${family} ${escapeHelp(metric.help, isOpenMetrics)}`, `# TYPE ${family} ${type}`)
  for (const sample of metric.values) {
    const name = sample.metricName ?? (isOpenMetrics && type === 'counter' ? `${family}_total` : metric.name)
    const line = `${name}${writeLabels(sample.labels, isOpenMetrics)} ${writeNumber(sample.value)}`
    lines.push(isOpenMetrics && sample.exemplar ? `${line} # ${writeExemplar(sample.exemplar)}` : line)
  }
}

function writeLabels(labels: Readonly<Record<string, unknown>>, isOpenMetrics: boolean): string {
  const parts = Object.entries(labels).map(([name, value]) => {
    // OpenMetrics wants the bounds of buckets as floats: le="1.0".
    const isBound = isOpenMetrics && name === 'le' && Number.isInteger(value)
    return `${name}="${escapeValue(isBound ? `${String(value)}.0` : textOf(value))}"`
  })
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

function writeExemplar({ labelSet, value, timestamp }: Exemplar): string {
  return `${writeLabels(labelSet, true) || '{}'} ${writeNumber(value)} ${timestamp.toFixed(3)}`
}

function writeNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}

/** Our own labels are `Label`s; the client's own (`le`, those of process metrics) are plain. */
function textOf(value: unknown): string {
  return value !== null && typeof value === 'object' && 'text' in value ? String(value.text) : String(value)
}

function escapeValue(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')
}

function escapeHelp(text: string, isOpenMetrics: boolean): string {
  const escaped = text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
  return isOpenMetrics ? escaped.replace(/"/g, '\\"') : escaped
}

function qualityOf(parameters: readonly string[]): number {
  const written = parameters.find((each) => each.startsWith('q='))
  const quality = written === undefined ? 1 : Number(written.slice(2))
  return Number.isFinite(quality) ? quality : 0
}

function isVersionOne(version: string | undefined): boolean {
  return version === undefined || version === '1.0.0'
}
