import { Counter, Gauge, Histogram } from 'prom-client'
import type { OpenMetricsContentType, Registry } from 'prom-client'
import type { MetricSpec } from './catalogue.ts'
import { labelValue } from './label.ts'
import type { SeriesLimit } from './series-limit.ts'

export type Labels = Readonly<Record<string, string>>
export const REST = 'other'

/**
 * One metric with its labels kept in bounds: closed labels stay inside their lists, open ones below the limit of series,
 * and what does not fit goes to `other`.
 */
abstract class Family {
  protected readonly spec: MetricSpec
  private readonly limit: SeriesLimit
  private readonly onOverflow: () => void
  private readonly hasOpenLabels: boolean
  /** Series that exist, by their label values; those of `other` stay for ever, the rest count against the limit. */
  protected readonly series = new Map<string, Series>()

  constructor(spec: MetricSpec, limit: SeriesLimit, onOverflow: () => void) {
    this.spec = spec
    this.limit = limit
    this.onOverflow = onOverflow
    this.hasOpenLabels = spec.labels.some(({ values }) => values === null)
  }

  protected seriesOf(labels: Labels): Series {
    const wanted = this.valuesOf(labels)
    const known = this.series.get(keyOf(wanted))
    if (known !== undefined) return known
    if (!this.hasOpenLabels) return this.create(wanted, false)
    if (this.limit.take()) return this.create(wanted, true)
    this.onOverflow()
    const rest = this.spec.labels.map(({ values }, at) => (values === null ? REST : wanted[at]!))
    return this.series.get(keyOf(rest)) ?? this.create(rest, false)
  }

  protected valuesOf(labels: Labels): string[] {
    return this.spec.labels.map(({ name, values }) => boundedValue(labels[name] ?? '', values))
  }

  protected forget(key: string, series: Series): void {
    this.series.delete(key)
    if (series.isCounted) this.limit.give(1)
  }

  private create(values: readonly string[], isCounted: boolean): Series {
    const labels = Object.fromEntries(this.spec.labels.map(({ name }, at) => [name, new Label(values[at]!)]))
    // prom-client only turns label values into text, which is what Label is for; its types ask for string or number.
    const series = { labels: labels as unknown as Record<string, string>, isCounted }
    this.series.set(keyOf(values), series)
    return series
  }
}

interface Series {
  labels: Record<string, string>
  isCounted: boolean
}

/**
 * A label value as prom-client keeps it. The client tells series apart by `name:value,` joined together, so that
 * {a: "x,b:y", b: "z"} and {a: "x", b: "y,b:z"} would be one; a quoted form has no such doubles.
 */
export class Label {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return JSON.stringify(this.text)
  }
}

export class CounterFamily extends Family {
  private readonly counter: Counter

  constructor(
    name: string,
    spec: MetricSpec,
    limit: SeriesLimit,
    registry: Registry<OpenMetricsContentType>,
    onOverflow: () => void,
  ) {
    super(spec, limit, onOverflow)
    this.counter = new Counter({ ...clientOptions(name, spec), registers: [registry] })
    for (const labels of closedCombinations(spec)) this.add(labels, 0)
  }

  /** By 0: makes the series exist, so that a rate over it starts at its first event. */
  add(labels: Labels, count: number): void {
    this.counter.inc(this.seriesOf(labels).labels, count)
  }
}

export class GaugeFamily extends Family {
  private readonly gauge: Gauge
  private readonly highest = new Map<Series, number>()

  constructor(
    name: string,
    spec: MetricSpec,
    limit: SeriesLimit,
    registry: Registry<OpenMetricsContentType>,
    onOverflow: () => void,
  ) {
    super(spec, limit, onOverflow)
    this.gauge = new Gauge({ ...clientOptions(name, spec), registers: [registry] })
    // A time that has not come yet is absent: 0 would be 1970, and every rule on its age would fire.
    if (name.endsWith('_timestamp_seconds') && spec.labels.length === 0) this.gauge.remove()
  }

  /** Only for gauges without open labels: others are raised or replaced, so that series which share `other` come out right. */
  set(labels: Labels, value: number): void {
    this.gauge.set(this.seriesOf(labels).labels, value)
  }

  /** Up, never down: for the latest time of several partitions, and of all that share `other`. */
  raise(labels: Labels, value: number): void {
    const series = this.seriesOf(labels)
    if (value <= (this.highest.get(series) ?? -Infinity)) return
    this.highest.set(series, value)
    this.gauge.set(series.labels, value)
  }

  /** The whole gauge at once: series that are not named go away, those that fall together are drawn into one. */
  replace(rows: Iterable<readonly [Labels, number]>): void {
    const wanted = [...rows]
    // What goes makes room for what comes.
    this.forgetAllBut(new Set(wanted.map(([labels]) => keyOf(this.valuesOf(labels)))))
    const values = new Map<Series, number>()
    for (const [labels, value] of wanted) {
      const series = this.seriesOf(labels)
      const sofar = values.get(series)
      values.set(
        series,
        sofar === undefined ? value : this.spec.rest === 'sum' ? sofar + value : Math.max(sofar, value),
      )
    }
    for (const [series, value] of values) this.gauge.set(series.labels, value)
  }

  private forgetAllBut(wanted: ReadonlySet<string>): void {
    for (const [key, series] of this.series) {
      if (wanted.has(key)) continue
      this.gauge.remove(series.labels)
      this.forget(key, series)
    }
  }
}

export class HistogramFamily {
  private readonly histogram: Histogram

  constructor(name: string, spec: MetricSpec, registry: Registry<OpenMetricsContentType>) {
    const buckets = [...spec.buckets!]
    this.histogram = new Histogram({
      ...clientOptions(name, spec),
      buckets,
      enableExemplars: true,
      registers: [registry],
    })
  }

  observe(value: number, exemplarLabels: Labels): void {
    this.histogram.observe({ value, exemplarLabels, labels: {} })
  }
}

function clientOptions(name: string, spec: MetricSpec): { name: string; help: string; labelNames: string[] } {
  return { name, help: spec.help, labelNames: spec.labels.map((label) => label.name) }
}

/** Every series of a metric whose labels are all closed; none if one is open. */
function closedCombinations(spec: MetricSpec): Labels[] {
  let combinations: Labels[] = [{}]
  for (const { name, values } of spec.labels) {
    combinations = combinations.flatMap((labels) => (values ?? []).map((value) => ({ ...labels, [name]: value })))
  }
  return combinations
}

function boundedValue(text: string, values: readonly string[] | null): string {
  if (values === null) return labelValue(text)
  return values.includes(text) ? text : REST
}

function keyOf(values: readonly string[]): string {
  return JSON.stringify(values)
}
