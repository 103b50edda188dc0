import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse } from 'yaml'
import { createHttpServer } from '../../src/http/server.ts'
import type { HttpServer } from '../../src/http/server.ts'
import { labelValue } from '../../src/telemetry/label.ts'
import { Telemetry } from '../../src/telemetry/metrics.ts'
import type { CheckVerdict } from '../../src/verdict/check.ts'
import { freePorts } from '../real/kafka-local.mjs'
import { fakeAlert, fakeCheck, fakeFacts } from '../support/fake-facts.ts'
import { streamConfig } from '../support/streams.ts'

const root = path.join(import.meta.dirname, '../..')
const isInstalled = spawnSync('prometheus', ['--version']).status === 0
// In CI a missing Prometheus is a failure: the script that starts the tests there installs it.
const skip =
  isInstalled || process.env.CI !== undefined ? false : 'SKIPPED: no `prometheus` here (apt install prometheus)'

describe('a real Prometheus', { skip }, () => {
  const telemetry = new Telemetry({ version: '0.1.0', processMetrics: true })
  const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-prometheus-'))
  const accepted: (string | undefined)[] = []
  let service: HttpServer
  let prometheus: ChildProcess
  let url = ''

  before(async () => {
    showFindings(telemetry)
    const metrics = async (accept: string | undefined) => {
      accepted.push(accept)
      return telemetry.expose(accept)
    }
    service = await createHttpServer(fakeFacts({ metrics }), { host: '127.0.0.1', port: 0, version: '0.1.0' })
    const [port] = await freePorts(1)
    url = `http://127.0.0.1:${port}`
    writeFileSync(path.join(folder, 'prometheus.yml'), sampleConfig(new URL(service.url).host))
    writeFileSync(path.join(folder, 'evenkeel.rules.yml'), readFileSync(path.join(root, 'config/evenkeel.rules.yml')))
    const flags = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'] // prettier-ignore
    prometheus = spawn('prometheus', flags, { stdio: ['ignore', 'ignore', 'inherit'] })
    await until(async () => (await query('up{job="evenkeel"} == 1')).length === 1)
    // Rates need two scrapes.
    await until(async () => (await query('count_over_time(up{job="evenkeel"}[1m]) >= 3')).length === 1)
  })

  after(async () => {
    prometheus?.kill()
    if (prometheus?.exitCode === null) await once(prometheus, 'exit')
    await service?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const query = async (promql: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(promql)}`).catch(() => null)
    // Not listening yet, or still reading its own log.
    if (answer === null || answer.status === 503) return []
    const body = (await answer.json()) as { status: string; error?: string; data: { result: never[] } }
    assert.equal(body.status, 'success', `${promql}: ${body.error}`)
    return body.data.result
  }

  it('takes the sample configuration and the rules as they are shipped', () => {
    const checked = execFileSync('promtool', ['check', 'config', path.join(root, 'config/prometheus.yml')], {
      encoding: 'utf8',
    })
    assert.match(checked, /prometheus\.yml is valid/)
    assert.match(checked, /evenkeel\.rules\.yml\s+SUCCESS: \d+ rules found/)
  })

  it('finds nothing to criticise in our metrics', async () => {
    const { body } = await telemetry.expose()
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' })
    assert.deepEqual([status, stdout, stderr], [0, '', ''])
  })

  it('asks for OpenMetrics, and gets it', () => {
    assert.match(accepted.at(-1)!, /^application\/openmetrics-text/)
  })

  it('answers the rule query with the check that fires, and with zero for those that do not', async () => {
    const answer = await query('max by (stream, check) (evenkeel_alerts{state="firing", severity="critical"})')
    const byCheck = new Map(answer.map(({ metric, value }) => [`${metric.stream}/${metric.check}`, value[1]]))
    assert.equal(byCheck.get('impressions/missing'), '1')
    assert.equal(byCheck.get('impressions/numeric'), '0')
    const firing = await query('max by (stream, check) (evenkeel_alerts{state="firing", severity="critical"}) > 0')
    assert.deepEqual(
      firing.map(({ metric }) => metric),
      [{ stream: 'impressions', check: 'missing' }],
    )
  })

  it('answers every query of our pages, and every one of them with data', async () => {
    const pages = ['README.md', 'docs/*.md'].flatMap((pattern) => globSync(pattern, { cwd: root }))
    const queries = pages.flatMap((page) =>
      promqlOf(readFileSync(path.join(root, page), 'utf8')).map((promql) => ({ page, promql })),
    )
    assert.ok(queries.length >= 10)
    for (const { page, promql } of queries) assert.ok((await query(promql)).length > 0, `${page}: ${promql}`)
  })

  it('can evaluate every rule, and fires the one for what we found', async () => {
    const state = async (): Promise<RuleGroup[]> => {
      const body = (await (await fetch(`${url}/api/v1/rules`)).json()) as { data: { groups: RuleGroup[] } }
      return body.data.groups
    }
    const isFiring = ({ state: each }: { state: string }): boolean => each === 'firing'
    // A rule may have been evaluated before the first scrape.
    await until(async () => {
      const all = (await state()).flatMap((group) => group.rules)
      return all.every(({ health }) => health === 'ok') && all.some(isFiring)
    })
    const rules = (await state()).flatMap((group) => group.rules)
    const file = parse(readFileSync(path.join(root, 'config/evenkeel.rules.yml'), 'utf8')) as { groups: RuleGroup[] }
    assert.equal(rules.length, file.groups.flatMap((group) => group.rules).length)
    const firing = rules.filter(isFiring).map(({ name }) => name)
    assert.deepEqual(firing, ['EvenkeelCritical'])
    for (const { name } of rules) {
      const names = [
        ...new Set(JSON.stringify(rules.find((each) => each.name === name)!.query).match(/evenkeel_\w+/g) ?? []),
      ]
      for (const metric of names)
        assert.ok((await query(metric)).length > 0, `${name} asks for ${metric}, which is not there`)
    }
  })

  it('sees an alert go when it is resolved', async () => {
    telemetry.judged({
      checks: [fakeCheck('price', 'PASS')],
      alerts: [fakeAlert('price', 'resolved')],
      drift: [],
      watchList: [],
    })
    await until(async () => (await query('sum(evenkeel_alerts{state="firing"}) == 0')).length === 1)
    assert.equal((await query('evenkeel_alerts{state="resolved", check="missing"} == 1')).length, 1)
  })

  it('takes ten thousand hostile names within its limits, and reads the same names as we wrote', async () => {
    const hostile = Array.from(
      { length: 10_000 },
      (_, at) => `f${at}"}\nevil{a="\\\u0000\ud800${'💥'.repeat(at % 150)}`,
    )
    const checks = hostile.map((field): CheckVerdict => ({
      ...fakeCheck(field, 'FAIL'),
      evidence: { nats: 7, thresholdNats: 1 },
    }))
    // A firing alert gives each of them the right to a series of its own; the limit of series says no.
    telemetry.judged({ checks, alerts: hostile.map((field) => fakeAlert(field, 'firing')), drift: [], watchList: [] })
    await until(async () => (await query('evenkeel_evidence_nats{field="other"} == 7')).length === 1)
    assert.equal((await query('up{job="evenkeel"} == 1')).length, 1)
    const [scraped] = await query('scrape_samples_scraped{job="evenkeel"}')
    assert.ok(Number(scraped!.value[1]) > 4000 && Number(scraped!.value[1]) <= 5000, scraped!.value[1])
    const expected = new Set([...hostile.map(labelValue), 'other'])
    const named = await query('evenkeel_evidence_nats')
    for (const { metric } of named) assert.ok(expected.has(metric.field!), JSON.stringify(metric.field))
  })
})

interface RuleGroup {
  rules: { name: string; query: string; state: string; health: string }[]
}

/** Something of everything that a rule or a panel may ask for. */
function showFindings(telemetry: Telemetry): void {
  const nowMs = Date.now()
  telemetry.watch([streamConfig()])
  telemetry.counted('impressions', {
    accepted: [1000, 990, 3, 0],
    violations: new Map([['wrong-type', 2]]),
    rejected: new Map([['undecodable', 7]]),
    duplicates: 1,
    late: 2,
    synthetic: 0,
    lost: 0,
  })
  telemetry.lastEvent('impressions', nowMs)
  telemetry.lag(new Map([['impressions', 0]]))
  telemetry.committed(nowMs)
  telemetry.watchdog(nowMs)
  telemetry.alertsUnpublished(0)
  telemetry.sliceJudged('impressions', { endMs: nowMs, isComplete: true })
  telemetry.judged({
    checks: [fakeCheck('price', 'FAIL'), { ...fakeCheck('age', 'PASS'), check: 'numeric' }],
    alerts: [fakeAlert('price', 'firing')],
    watchList: [],
    drift: [
      { stream: 'impressions', field: 'price', against: 'control', psi: 0.3, ks: 0.2, js: 0.1, wassersteinRatio: 0.4 },
    ],
  })
}

/** The shipped one, with our address in it and in a hurry. */
function sampleConfig(target: string): string {
  const sample = readFileSync(path.join(root, 'config/prometheus.yml'), 'utf8')
  const config = sample.replace('127.0.0.1:8080', target).replaceAll('interval: 15s', 'interval: 1s')
  assert.notEqual(config, sample)
  return config
}

function promqlOf(markdown: string): string[] {
  return [...markdown.matchAll(/^ *```promql\n([^]*?)^ *```/gm)].map(([, promql]) => promql!.trim())
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpMs = performance.now() + 180_000
  while (!(await condition())) {
    assert.ok(performance.now() < giveUpMs, `not within three minutes: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
