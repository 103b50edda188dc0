import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** The parts of a dashboard's JSON that tests look at. */
export interface Dashboard {
  title: string
  editable: boolean
  annotations: { list: { name: string; expr: string }[] }
  templating: { list: Variable[] }
  panels: Panel[]
}

export interface Variable {
  name: string
  label: string
  type: string
  query: string
  datasource?: { uid: string }
  multi?: boolean
  allValue?: string
  refresh?: number
}

export interface Panel {
  id: number
  type: string
  title: string
  description?: string
  datasource?: { uid: string }
  gridPos: { x: number; y: number; w: number; h: number }
  fieldConfig?: { defaults: { unit: string } }
  targets: Target[]
}

export interface Target {
  refId: string
  expr: string
  datasource: { type: string; uid: string }
}

export function dashboardsOf(root: string): { file: string; dashboard: Dashboard }[] {
  return globSync('config/grafana/dashboards/*.json', { cwd: root })
    .sort()
    .map((file) => {
      const dashboard = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Dashboard
      return { file, dashboard: { ...dashboard, panels: dashboard.panels.map((panel) => ({ ...panel, targets: panel.targets ?? [] })) } } // prettier-ignore
    })
}

/** As Grafana does with everything chosen: `All` is `.+` where a variable says so. */
export function interpolated(promql: string, rateInterval = '5m'): string {
  return promql.replaceAll('$__rate_interval', rateInterval).replaceAll(/"\$\w+"/g, '".+"')
}
