import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { dashboardsOf, interpolated } from '../support/dashboards.ts'
import { eventually } from '../support/metrics.ts'
import { RealPrometheus, skipWithout } from '../support/prometheus.ts'
import { readQuery } from '../support/promql.ts'
import { startDemo } from '../support/running-demo.ts'
import type { RunningDemo } from '../support/running-demo.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = path.join(import.meta.dirname, '../..')
const WAIT_MS = 120_000
/** Rates over a minute: many scrapes, even where the machine is slow. */
const RATE_INTERVAL = '1m'

/** Panels that are empty while all is well, with the reason. A counter at zero is data. */
const EMPTY_WHEN_WELL: Readonly<Record<string, string>> = {
  Errors: 'a code has a series from its first error on',
}

describe('a real Prometheus that scrapes the demo', { skip: skipWithout('prometheus') }, () => {
  const folder = temporaryFolder()
  let demo: RunningDemo
  let prometheus: RealPrometheus
  before(async () => {
    // To 04:05: the fault began at 03:00.
    demo = await startDemo(50)
    prometheus = await RealPrometheus.start(folder, { target: new URL(demo.url).host })
    const scrapes = () => prometheus.query('evenkeel_collect_attempts_total >= 4')
    await eventually(scrapes, (answer) => answer.length > 0, 'four scrapes', WAIT_MS)
  })
  after(async () => {
    await prometheus?.stop()
    await demo?.stop()
  })

  it('has data for every query of every panel', async () => {
    const empty: string[] = []
    for (const { file, dashboard } of dashboardsOf(root)) {
      for (const { title, targets } of dashboard.panels) {
        for (const { expr, refId } of targets) {
          const answer = await prometheus.query(interpolated(expr, RATE_INTERVAL))
          if (answer.length === 0) empty.push(`${path.basename(file)}: ${title} ${refId}`)
        }
      }
    }
    assert.deepEqual(
      empty.map((each) => each.replace(/^[^:]+: (.*) \w$/, '$1')),
      Object.keys(EMPTY_WHEN_WELL),
      empty.join('\n'),
    )
  })

  it('shows what the demo broke', async () => {
    const [overview] = dashboardsOf(root).filter(({ file }) => file.endsWith('evenkeel-overview.json'))
    const asked = (title: string) =>
      prometheus.query(interpolated(overview!.dashboard.panels.find((panel) => panel.title === title)!.targets[0]!.expr, RATE_INTERVAL)) // prettier-ignore
    const firing = await asked('Firing alerts')
    assert.ok(firing.some(({ metric, value }) => metric.severity !== 'info' && Number(value[1]) > 0), JSON.stringify(firing)) // prettier-ignore
    const strongest = await asked('Strongest evidence')
    assert.equal(strongest.length, 10)
    assert.ok(strongest.some(({ metric }) => metric.check === 'missing' && metric.field === 'user_feature_2'))
  })

  it('has values for every variable that a dashboard lets one choose', async () => {
    for (const { file, dashboard } of dashboardsOf(root)) {
      for (const { name, type, query } of dashboard.templating.list) {
        if (type !== 'query') continue
        const [, selector] = /^label_values\((.+), \w+\)$/.exec(query)!
        const values = await prometheus.query(`count by (${name}) (${interpolated(selector!)})`)
        assert.ok(values.length > 0 && values.every(({ metric }) => Object.hasOwn(metric, name)), `${file}: ${name}`)
      }
    }
  })

  it('evaluates every rule, finds data for each that is recorded, and fires only for what the demo broke', async () => {
    const rules = () => prometheus.rules()
    const all = await eventually(rules, (each) => each.every(({ health }) => health === 'ok'), 'every rule', WAIT_MS)
    assert.deepEqual(all.filter(({ health }) => health !== 'ok'), []) // prettier-ignore
    const recorded = all.filter(({ state }) => state === undefined).map(({ name }) => name)
    assert.ok(recorded.length > 10)
    // A share of nothing has no value, and the demo stands still; test/prometheus/recording.yml has values for it.
    const still = ['stream:evenkeel_rejected_per_record:ratio_rate5m', 'stream:evenkeel_candidate_share:ratio_rate5m']
    for (const name of recorded.filter((each) => !still.includes(each))) {
      await eventually(() => prometheus.query(name), (answer) => answer.length > 0, name, WAIT_MS) // prettier-ignore
    }
    // Its day is long past, and it stands still: the rules on time say so, those on faults say nothing.
    const firing = async () => (await rules()).filter(({ state }) => state === 'firing').map(({ name }) => name)
    const found = await eventually(firing, (names) => names.length > 0, 'a rule that fires', WAIT_MS)
    assert.deepEqual(found.filter((name) => !['EvenkeelCritical', 'EvenkeelWarning', 'EvenkeelInfo'].includes(name)), []) // prettier-ignore
  })

  it('knows every metric that a rule asks for', async () => {
    for (const { name, query } of await prometheus.rules()) {
      for (const selector of readQuery(query).selectors) {
        // Recorded ones were looked at above; an error has a series from its first time on.
        if (selector.name.includes(':') || selector.name === 'evenkeel_errors_total') continue
        assert.ok((await prometheus.query(selector.name)).length > 0, `${name} asks for ${selector.name}`)
      }
    }
  })
})
