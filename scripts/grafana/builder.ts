/**
 * Dashboards of Grafana in its classic JSON form, which every version from 8 to 13 takes. Written by hand because it is little: a
 * panel is a title, what it means, a unit and its queries; where it stands follows from its width.
 */
export interface Dashboard {
  file: string
  uid: string
  title: string
  description: string
  variables: readonly Variable[]
  rows: readonly Row[]
}

export interface Row {
  title: string
  panels: readonly Panel[]
}

export interface Panel {
  title: string
  /** What it shows and when to worry: Grafana shows it behind the "i". */
  description: string
  type: 'timeseries' | 'stat' | 'bargauge' | 'table'
  unit: Unit
  queries: readonly Query[]
  /** Of 24. */
  width: 4 | 6 | 8 | 12 | 24
  /** Values from which on it is yellow and red. */
  thresholds?: readonly [warning: number, critical: number]
  /** Lines upon each other: for parts of a whole. */
  isStacked?: boolean
  max?: number
  /** May be below zero. */
  isSigned?: boolean
}

/** Names of Grafana. `cps` are counts per second. */
export type Unit = 'none' | 'short' | 'cps' | 's' | 'percentunit' | 'bytes' | 'dateTimeAsIso'

export interface Query {
  expr: string
  /** `{{label}}` is replaced. */
  legend: string
  /** Only the value now: for tables and bars. */
  isInstant?: boolean
}

export interface Variable {
  name: string
  label: string
  /** label_values(<selector>, <label>) */
  of: string
}

/** The labels that every selector has, so that one dashboard serves every installation. */
const SCOPE = 'job=~"$job", instance=~"$instance"'

/** A selector in the scope of the dashboard's variables. */
export function select(metric: string, ...matchers: readonly string[]): string {
  return `${metric}{${[SCOPE, ...matchers].join(', ')}}`
}

export function rate(metric: string, ...matchers: readonly string[]): string {
  return `rate(${select(metric, ...matchers)}[$__rate_interval])`
}

export function increase(metric: string, ...matchers: readonly string[]): string {
  return `increase(${select(metric, ...matchers)}[$__rate_interval])`
}

export function dashboardJson(dashboard: Dashboard): object {
  const { uid, title, description, variables, rows } = dashboard
  return {
    uid,
    title,
    description,
    tags: ['evenkeel'],
    // Provisioned: what is changed on the screen would be gone at the next start.
    editable: false,
    graphTooltip: 1,
    refresh: '1m',
    schemaVersion: 39,
    time: { from: 'now-6h', to: 'now' },
    timezone: '',
    links: [{ title: 'Evenkeel', type: 'dashboards', tags: ['evenkeel'], asDropdown: true, includeVars: true, keepTime: true, targetBlank: false }], // prettier-ignore
    annotations: { list: [annotation()] },
    templating: { list: [datasourceVariable(), ...variables.map(queryVariable)] },
    panels: panelsOf(rows),
  }
}

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' }

/** Where critical alerts fired, on every panel over time. */
function annotation(): object {
  return {
    name: 'Critical alerts',
    datasource: DATASOURCE,
    enable: true,
    iconColor: 'red',
    expr: `max by (stream, check) (${select('evenkeel_alerts', 'state="firing"', 'severity="critical"')}) > 0`,
    step: '60s',
    titleFormat: '{{stream}} {{check}}',
    useValueForTime: false,
  }
}

function datasourceVariable(): object {
  return { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {}, hide: 0 }
}

function queryVariable({ name, label, of }: Variable): object {
  const query = `label_values(${of}, ${name})`
  return {
    ...{ name, label, type: 'query', datasource: DATASOURCE, query, definition: query },
    ...{ includeAll: true, multi: true, allValue: '.+', current: { text: ['All'], value: ['$__all'] } },
    // On every change of the time range, and by name.
    ...{ refresh: 2, sort: 1, hide: 0 },
  }
}

const HEIGHT = 8
const COLUMNS = 24

function panelsOf(rows: readonly Row[]): object[] {
  const panels: object[] = []
  let y = 0
  for (const row of rows) {
    panels.push({ id: panels.length + 1, type: 'row', title: row.title, collapsed: false, gridPos: { x: 0, y, w: COLUMNS, h: 1 }, panels: [] }) // prettier-ignore
    y += 1
    let x = 0
    for (const panel of row.panels) {
      if (x + panel.width > COLUMNS) {
        x = 0
        y += HEIGHT
      }
      panels.push({ id: panels.length + 1, ...panelJson(panel), gridPos: { x, y, w: panel.width, h: HEIGHT } })
      x += panel.width
    }
    y += HEIGHT
  }
  return panels
}

function panelJson(panel: Panel): object {
  const { title, description, type, queries } = panel
  return {
    ...{ type, title, description, datasource: DATASOURCE },
    fieldConfig: { defaults: defaultsOf(panel), overrides: [] },
    options: optionsOf(panel),
    ...(type === 'table' ? { transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }] } : {}),
    targets: queries.map(({ expr, legend, isInstant = false }, at) => ({
      ...{
        refId: String.fromCharCode(65 + at),
        datasource: DATASOURCE,
        editorMode: 'code',
        expr,
        legendFormat: legend,
      },
      ...{ instant: isInstant, range: !isInstant, format: type === 'table' ? 'table' : 'time_series' },
    })),
  }
}

function defaultsOf({ type, unit, thresholds, max, isStacked = false, isSigned = false }: Panel): object {
  const steps = [
    { color: 'green', value: null },
    ...(thresholds === undefined ? [] : [{ color: 'yellow', value: thresholds[0] }, { color: 'red', value: thresholds[1] }]), // prettier-ignore
  ]
  return {
    unit,
    ...(isSigned ? {} : { min: 0 }),
    ...(max === undefined ? {} : { max }),
    color: { mode: type === 'timeseries' ? 'palette-classic' : 'thresholds' },
    thresholds: { mode: 'absolute', steps },
    ...(type === 'timeseries' ? { custom: { lineWidth: 1, fillOpacity: isStacked ? 25 : 5, showPoints: 'never', stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' } } } : {}), // prettier-ignore
  }
}

function optionsOf({ type }: Panel): object {
  switch (type) {
    case 'timeseries':
      return { legend: { displayMode: 'list', placement: 'bottom', showLegend: true }, tooltip: { mode: 'multi', sort: 'desc' } } // prettier-ignore
    case 'stat':
      return { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'background', graphMode: 'area', textMode: 'value_and_name' } // prettier-ignore
    case 'bargauge':
      return { reduceOptions: { calcs: ['lastNotNull'] }, orientation: 'horizontal', displayMode: 'basic' }
    case 'table':
      return { showHeader: true }
  }
}
