import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { dashboardFiles } from '../../scripts/dashboards.ts'
import { CATALOGUE } from '../../src/telemetry/catalogue.ts'
import type { MetricSpec } from '../../src/telemetry/catalogue.ts'
import { dashboardsOf, interpolated } from '../support/dashboards.ts'
import type { Dashboard, Panel, Target } from '../support/dashboards.ts'
import { readQuery } from '../support/promql.ts'

const root = path.join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const dashboards = dashboardsOf(root)
const panels = dashboards.flatMap(({ file, dashboard }) => dashboard.panels.filter(({ type }) => type !== 'row').map((panel) => ({ at: `${file}, ${panel.title}`, panel }))) // prettier-ignore
const targets = panels.flatMap(({ at, panel }) => panel.targets.map((target) => ({ at, panel, target })))

describe('the dashboards', () => {
  it('are what scripts/dashboards.ts writes', () => {
    const files = dashboardFiles()
    assert.deepEqual(globSync('*', { cwd: path.join(root, 'config/grafana/dashboards') }).sort(), [...files.keys()].sort()) // prettier-ignore
    for (const [file, text] of files)
      assert.ok(read(`config/grafana/dashboards/${file}`) === text, `${file}: run scripts/dashboards.ts`)
  })

  it('show every metric of the catalogue', () => {
    const shown = new Set(targets.flatMap(({ target }) => readQuery(interpolated(target.expr)).selectors.map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')))) // prettier-ignore
    assert.deepEqual(
      Object.keys(CATALOGUE).filter((name) => !shown.has(name)),
      // When Alertmanager last answered matters while it fails, and then the runbook asks for it.
      ['evenkeel_alertmanager_last_success_timestamp_seconds'],
    )
  })

  it('stand on a grid, without gaps in a line and without lying upon each other', () => {
    for (const { file, dashboard } of dashboards) {
      const taken = new Set<string>()
      for (const { gridPos, title } of dashboard.panels) {
        assert.ok(gridPos.x + gridPos.w <= 24, `${file}, ${title}`)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            assert.ok(!taken.has(`${x},${y}`), `${file}, ${title}`)
            taken.add(`${x},${y}`)
          }
        }
      }
      const ids = dashboard.panels.map(({ id }) => id)
      assert.equal(new Set(ids).size, ids.length)
    }
  })
})

/** The rules of grafana/dashboard-linter, in our words: it is a program in Go, and these are few. */
describe('the rules of dashboard-linter', () => {
  const each = (rule: (dashboard: Dashboard, file: string) => void) => () => {
    for (const { file, dashboard } of dashboards) rule(dashboard, file)
  }
  const variable = ({ templating }: Dashboard, name: string) => templating.list.find((one) => one.name === name)

  it('template-datasource-rule: the data source is a variable', each((dashboard) => {
    const sources = dashboard.templating.list.filter(({ type }) => type === 'datasource')
    assert.deepEqual(sources.map(({ name, label, query }) => [name, label, query]), [['datasource', 'Data source', 'prometheus']])
  })) // prettier-ignore

  it('template-job-rule, template-instance-rule: so are job and instance, of which several may be chosen', each((dashboard, file) => {
    for (const [name, label] of [['job', 'Job'], ['instance', 'Instance']] as const) {
      const { type, datasource, multi, allValue, label: shown } = variable(dashboard, name)!
      assert.deepEqual([type, datasource?.uid, shown, multi, allValue], ['query', '${datasource}', label, true, '.+'], file)
    }
  })) // prettier-ignore

  it('template-label-promql-rule, template-on-time-change-reload-rule: variables ask for values of labels, whenever the time changes', each((dashboard, file) => {
    for (const { query, refresh, name } of dashboard.templating.list.filter(({ type }) => type === 'query')) {
      const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? []
      assert.equal(label, name)
      assert.deepEqual(readQuery(interpolated(selector!)).errors, [], file)
      assert.equal(refresh, 2, file)
    }
  })) // prettier-ignore

  it('panel-datasource-rule: every panel and query uses the variable', () => {
    for (const { at, panel, target } of targets)
      assert.deepEqual([panel.datasource?.uid, target.datasource.uid], ['${datasource}', '${datasource}'], at)
  })

  it('panel-title-description-rule: every panel says what it is, and what it means', () => {
    for (const { at, panel } of panels) {
      assert.ok(panel.title.length > 0, at)
      assert.ok((panel.description?.length ?? 0) > 10 && panel.description!.endsWith('.'), at)
    }
  })

  it('panel-units-rule: every panel has a unit that Grafana knows', () => {
    const units = ['none', 'short', 'cps', 's', 'percentunit', 'bytes', 'dateTimeAsIso']
    for (const { at, panel } of panels) assert.ok(units.includes(panel.fieldConfig!.defaults.unit), at)
  })

  it('panel-units-rule, beyond it: the unit is that of the metric', () => {
    for (const { at, panel, target } of targets) {
      const { unit } = panel.fieldConfig!.defaults
      if (/_seconds(_bucket)?[{]/.test(target.expr) && !target.expr.includes('cpu')) assert.equal(unit, 's', at)
      if (/_bytes[{]/.test(target.expr)) assert.equal(unit, 'bytes', at)
      if (/_total[{].*rate_interval/.test(target.expr) && !target.expr.includes('cpu'))
        assert.ok((target.expr.includes('rate(') && !target.expr.includes(' / ') ? ['cps'] : ['short', 'percentunit']).includes(unit), at) // prettier-ignore
    }
  })

  it('panel-no-targets-rule: every panel asks something, under a name of its own', () => {
    for (const { at, panel } of panels) {
      assert.ok(panel.targets.length > 0, at)
      assert.equal(new Set(panel.targets.map(({ refId }) => refId)).size, panel.targets.length, at)
    }
  })

  it('target-logql-rule, target-logql-auto-rule: nothing asks for logs', () => {
    for (const { at, target } of targets) assert.equal(target.datasource.type, 'prometheus', at)
  })

  it('target-promql-rule: every query is PromQL', () => {
    for (const { at, target } of [...targets, ...annotationTargets()])
      assert.deepEqual(readQuery(interpolated(target.expr)).errors, [], at)
  })

  it('target-rate-interval-rule: ranges are $__rate_interval', () => {
    for (const { at, target } of targets)
      for (const range of readQuery(target.expr.replaceAll('$__rate_interval', '7m')).ranges)
        assert.equal(range, '7m', at)
  })

  it('target-job-rule, target-instance-rule: every selector is bound to both variables', () => {
    for (const { at, target } of [...targets, ...annotationTargets()]) {
      const { selectors } = readQuery(target.expr.replaceAll('$__rate_interval', '7m'))
      assert.ok(selectors.length > 0, at)
      for (const { name, matchers } of selectors) {
        for (const label of ['job', 'instance'])
          assert.ok(matchers.some((one) => one.label === label && one.operator === '=~' && one.value === `$${label}`), `${at}: ${name}`) // prettier-ignore
      }
    }
  })

  it('target-counter-agg-rule: counters are seen through rate or increase', () => {
    for (const { at, target } of targets) {
      for (const { name, isRange, rangeFunction } of readQuery(interpolated(target.expr)).selectors) {
        if (/_(total|bucket)$/.test(name)) assert.ok(isRange && ['rate', 'increase'].includes(rangeFunction!), `${at}: ${name}`) // prettier-ignore
      }
    }
  })

  it(
    'uneditable-dashboard-rule: what is provisioned is not edited',
    each(({ editable }) => assert.equal(editable, false)),
  )
})

describe('the queries of the dashboards', () => {
  it('name only labels and values that their metrics have', () => {
    for (const { at, target } of targets) {
      for (const { name, matchers } of readQuery(interpolated(target.expr)).selectors) {
        const family = name.replace(/_(bucket|sum|count)$/, '')
        if (!family.startsWith('evenkeel_')) continue
        assert.ok(Object.hasOwn(CATALOGUE, family), `${at}: ${family}`)
        const spec: MetricSpec = CATALOGUE[family as keyof typeof CATALOGUE]
        for (const { label, operator, value } of matchers) {
          if (label === 'job' || label === 'instance') continue
          const known = spec.labels.find((one) => one.name === label)
          assert.ok(known !== undefined, `${at}: ${family} has no label ${label}`)
          const names = operator === '=~' && value !== '.+' ? value.split('|') : [value]
          if (known.values !== null && value !== '.+') for (const one of names) assert.ok(known.values.includes(one), `${at}: ${label}=${one}`) // prettier-ignore
        }
      }
    }
  })
})

describe('provisioning', () => {
  const source = (parse(read('config/grafana/provisioning/datasources/evenkeel.yaml')) as Sources).datasources[0]!
  const provider = (parse(read('config/grafana/provisioning/dashboards/evenkeel.yaml')) as Providers).providers[0]!
  const { groups } = parse(read('config/grafana/provisioning/alerting/evenkeel.yaml')) as Groups
  const compose = parse(read('docker-compose.yml')) as { services: Record<string, { volumes: string[] }> }

  it('mounts dashboards where Grafana is told to look for them', () => {
    const mounted = new Map(compose.services['grafana']!.volumes.map((each) => each.split(':') as [string, string]))
    assert.equal(mounted.get('./config/grafana/dashboards'), provider.options.path)
    assert.equal(mounted.get('./config/grafana/provisioning'), '/etc/grafana/provisioning')
    assert.equal(source.url, 'http://prometheus:9090')
    assert.ok(Object.hasOwn(compose.services, 'prometheus'))
  })

  it('has an alert rule for each severity, over the data source it provides, that fires where the query is above zero', () => {
    const rules = groups.flatMap((group) => group.rules)
    assert.deepEqual(rules.map(({ labels }) => labels.severity), ['critical', 'warning']) // prettier-ignore
    for (const { condition, noDataState, data, annotations, title } of rules) {
      const [query, threshold] = data
      assert.equal(query!.datasourceUid, source.uid)
      assert.deepEqual(readQuery(query!.model.expr!).errors, [])
      // A threshold inside the query would make "all is well" look like missing data.
      assert.doesNotMatch(query!.model.expr!, />/)
      assert.deepEqual([threshold!.refId, threshold!.datasourceUid, threshold!.model.type, threshold!.model.expression], [condition, '__expr__', 'threshold', query!.refId]) // prettier-ignore
      assert.deepEqual(threshold!.model.conditions![0]!.evaluator, { type: 'gt', params: [0] })
      assert.equal(noDataState, 'Alerting')
      assert.ok(existsSync(path.join(root, annotations.runbook_url)), title)
    }
  })

  it('is what docs/alerting.md tells to make by hand', () => {
    const page = read('docs/alerting.md')
    const [, shown] = /^```json\n([^]*?)^```/m.exec(page)!
    const rule = groups[0]!.rules[0]!
    const told = JSON.parse(shown!) as typeof rule
    assert.deepEqual(told.data, rule.data)
    const { title, condition, labels, annotations, noDataState, execErrState } = told
    assert.deepEqual(
      { title, condition, for: told.for, labels, annotations, noDataState, execErrState },
      { title: rule.title, condition: rule.condition, for: rule.for, labels: rule.labels, annotations: rule.annotations, noDataState: rule.noDataState, execErrState: rule.execErrState }, // prettier-ignore
    )
    for (const { data } of groups[0]!.rules) assert.ok(page.includes(`\`\`\`promql\n${data[0]!.model.expr}\n`) || page.includes(data[0]!.model.expr!)) // prettier-ignore
  })
})

function annotationTargets(): { at: string; panel?: Panel; target: Pick<Target, 'expr'> }[] {
  return dashboards.flatMap(({ file, dashboard }) => dashboard.annotations.list.map((target) => ({ at: `${file}, ${target.name}`, target }))) // prettier-ignore
}

interface Sources {
  datasources: { uid: string; url: string }[]
}

interface Providers {
  providers: { options: { path: string } }[]
}

interface Groups {
  groups: { rules: Rule[] }[]
}

interface Rule {
  title: string
  condition: string
  for: string
  noDataState: string
  execErrState: string
  labels: { severity: string }
  annotations: { summary: string; description: string; runbook_url: string }
  data: {
    refId: string
    datasourceUid: string
    model: { expr?: string; type?: string; expression?: string; conditions?: { evaluator: object }[] }
  }[]
}
