import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createHttpServer } from '../../src/http/server.ts'
import type { HttpServer } from '../../src/http/server.ts'
import { labelValue } from '../../src/telemetry/label.ts'
import { Telemetry } from '../../src/telemetry/metrics.ts'
import type { CheckVerdict } from '../../src/verdict/check.ts'
import { fakeAlert, fakeCheck, fakeFacts } from '../support/fake-facts.ts'
import { RealPrometheus, skipWithout } from '../support/prometheus.ts'
import type { PrometheusRule } from '../support/prometheus.ts'
import { streamConfig } from '../support/streams.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = path.join(import.meta.dirname, '../..')

describe('a real Prometheus', { skip: skipWithout('prometheus', 'promtool') }, () => {
  const telemetry = new Telemetry({ version: '0.1.0', processMetrics: true })
  const folder = temporaryFolder()
  const accepted: (string | undefined)[] = []
  let service: HttpServer
  let prometheus: RealPrometheus

  before(async () => {
    showFindings(telemetry)
    const metrics = async (accept: string | undefined) => {
      accepted.push(accept)
      return telemetry.expose(accept)
    }
    service = await createHttpServer(fakeFacts({ metrics }), { host: '127.0.0.1', port: 0, version: '0.1.0' })
    prometheus = await RealPrometheus.start(folder, { target: new URL(service.url).host })
    await until(async () => (await query('up{job="evenkeel"} == 1')).length === 1)
    // Rates need two scrapes.
    await until(async () => (await query('count_over_time(up{job="evenkeel"}[1m]) >= 3')).length === 1)
  })

  after(async () => {
    await prometheus?.stop()
    await service?.close()
  })

  const query = (promql: string) => prometheus.query(promql)

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
    const pages = ['README.md', 'docs/*.md', 'docs/runbooks/*.md'].flatMap((pattern) =>
      globSync(pattern, { cwd: root }),
    )
    const queries = pages.flatMap((page) =>
      promqlOf(readFileSync(path.join(root, page), 'utf8')).map((promql) => ({ page, promql })),
    )
    assert.ok(queries.length >= 40)
    for (const { page, promql } of queries) assert.ok((await query(promql)).length > 0, `${page}: ${promql}`)
  })

  it('can evaluate every rule, and fires the one for what we found', async () => {
    const isFiring = ({ state }: PrometheusRule): boolean => state === 'firing'
    // A rule may have been evaluated before the first scrape.
    await until(async () => {
      const all = await prometheus.rules()
      return all.every(({ health }) => health === 'ok') && all.some(isFiring)
    })
    const rules = await prometheus.rules()
    assert.ok(rules.length > 30)
    assert.deepEqual(
      rules.filter(isFiring).map(({ name }) => name),
      ['EvenkeelCritical'],
    )
    for (const { name, query: promql } of rules) {
      for (const metric of new Set(promql.match(/(?<![\w:])evenkeel_\w+(?![\w:])/g) ?? []))
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
  telemetry.errorCounted('EVENKEEL_STATE_IO')
  telemetry.viewSized(4096)
  telemetry.alertmanagerPushed('ok', nowMs)
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
