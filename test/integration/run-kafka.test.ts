import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Ajv } from 'ajv'
import type { LogRecord } from '../../src/log/log.ts'
import type { Report } from '../../src/verdict/report.ts'
import { realBroker } from '../real/broker.ts'
import { realRegistry } from '../real/registry.ts'
import { caseCut, kafkaConfig, PARTITIONS, produceCase } from '../support/case-on-kafka.ts'
import { readTopic } from '../support/event-topic.ts'
import { eventually, scrape } from '../support/metrics.ts'
import type { Metrics } from '../support/metrics.ts'
import { closedThroughMs, predictAlerts } from '../support/prediction.ts'
import type { Predicted } from '../support/prediction.ts'
import { evenkeel, startRun } from '../support/program.ts'
import type { RunningService } from '../support/program.ts'
import { replayed } from '../support/replayed.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ndjson } from '../support/traffic.ts'

const alertSchema = new URL('../../schemas/alert.schema.json', import.meta.url)
const isAlertEvent = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(alertSchema, 'utf8')) as object)

const [broker, registry] = await Promise.all([realBroker({}), realRegistry()])

describe(
  'run over real Kafka and a real registry',
  { skip: broker === null || registry === null, timeout: 600_000 },
  () => {
    const folder = temporaryFolder()
    const parts = { bootstrap: broker?.bootstrap ?? '', registryUrl: registry?.url ?? '' }
    const events = caseCut('obd-null')
    const boundMs = closedThroughMs(events, PARTITIONS)
    let report: Report
    /** What the topic has to hold up to the last slice that closes, in order. */
    let due: Predicted[]
    let slices: number

    before(async () => {
      const config = kafkaConfig(folder, 'obd-null', 'predicted', parts)
      const input = path.join(folder, 'events.ndjson')
      writeFileSync(input, ndjson(events))
      const [, replay] = await Promise.all([
        produceCase(parts.bootstrap, parts.registryUrl, 'obd-null', events),
        replayed(
          ['replay', '--config', config, '--input', input, '--partitions', String(PARTITIONS)],
          folder,
          'predicted',
        ),
      ])
      report = replay.report
      due = (await predictAlerts(config, input, PARTITIONS)).filter(({ sliceEndMs }) => sliceEndMs <= boundMs)
      slices = (boundMs - report.streams[0]!.fromMs) / 300_000
      assert.ok(due.length > 0, 'there is something to be told')
      assert.deepEqual(
        due.map(({ id }) => id).slice(0, 1),
        report.alerts.map(({ id }) => id),
        'both replays tell the same',
      )
    })
    after(() => Promise.all([broker?.stop(), registry?.stop()]))

    const start = (prefix: string): Promise<RunningService> => startRun(kafkaConfig(folder, 'obd-null', prefix, parts))
    const untilJudged = (service: RunningService): Promise<Metrics> =>
      eventually(
        () => scrape(service.url),
        (metrics) =>
          metrics.sum('evenkeel_slices_total', { completeness: 'complete' }) === slices &&
          metrics.sum('evenkeel_alerts_unpublished') === 0 &&
          metrics.sum('evenkeel_consumer_lag_records') === 0,
        `${slices} slices judged, alerts out, nothing left to read`,
      ).catch((error: Error) => assert.fail(`${error.message}\n${service.stderr}`))
    const alertsOf = async (prefix: string): Promise<LogRecord[]> => readTopic(parts.bootstrap, `${prefix}.alerts`)

    /** Ids, order, times, alerts: all but the digests of the slices, which say by which schema a record was written. */
    const assertTold = (records: readonly LogRecord[]): void => {
      assert.deepEqual(records.map(({ value }) => told(value!.toString())), due.map(({ value }) => told(value))) // prettier-ignore
      assert.deepEqual(records.map(({ key }) => key!.toString()), due.map(({ key }) => key)) // prettier-ignore
    }

    describe('from the beginning of the topic, undisturbed', () => {
      let service: RunningService
      let metrics: Metrics
      let records: LogRecord[]

      before(async () => {
        const created = await evenkeel([
          'topics',
          '--create',
          '--config',
          kafkaConfig(folder, 'obd-null', 'quiet', parts),
        ])
        assert.equal(created.code, 0, created.stderr)
        service = await start('quiet')
        metrics = await untilJudged(service)
        records = await alertsOf('quiet')
      })

      it('publishes the alerts that a replay of the same events predicts', () => assertTold(records))

      it('publishes CloudEvents of our schema, in JSON by their header', () => {
        for (const { value, headers } of records) {
          assert.ok(isAlertEvent(JSON.parse(value!.toString())), JSON.stringify(isAlertEvent.errors))
          assert.match(headers['content-type']!.toString(), /^application\/cloudevents\+json/)
        }
      })

      it('publishes the alert as the report of `replay --partitions 3` has it', () => {
        const last = JSON.parse(records.at(-1)!.value!.toString()) as { data: Record<string, unknown> }
        const [alert] = report.alerts
        for (const [key, value] of Object.entries(alert!)) assert.deepEqual(last.data[key], value, key)
      })

      it('counts every record once on /metrics', () => {
        const stream = { stream: 'impressions' }
        assert.equal(metrics.sum('evenkeel_records_read_total', stream), events.length)
        const kinds = ['events', 'rejected', 'late', 'synthetic'].map((kind) =>
          metrics.sum(`evenkeel_${kind}_total`, stream),
        )
        assert.equal(kinds.reduce((sum, count) => sum + count), events.length) // prettier-ignore
        assert.equal(metrics.sum('evenkeel_late_total', stream), report.streams[0]!.events.late)
        assert.equal(metrics.sum('evenkeel_slices_total', { completeness: 'incomplete' }), 0)
      })

      it('shows the same alert on /metrics and on /api/v1/alerts', async () => {
        const labels = { check: 'missing', severity: 'critical', state: 'firing' }
        assert.equal(metrics.sum('evenkeel_alerts', labels), 1)
        assert.equal(metrics.sum('evenkeel_alerts', { state: 'firing' }), 1)
        const { data } = (await getJson(`${service.url}/api/v1/alerts`)) as { data: { alerts: { alert: object }[] } }
        assert.deepEqual(data.alerts.map(({ alert }) => alert), report.alerts) // prettier-ignore
      })

      it('shows the counts of its slices on /api/v1/streams', async () => {
        const { streams } = (await getJson(`${service.url}/api/v1/streams`)) as {
          streams: { name: string; slices: number }[]
        }
        assert.deepEqual(streams.map(({ name, slices: count }) => [name, count]), [['impressions', slices]]) // prettier-ignore
      })

      it('is ready', async () => {
        const response = await fetch(`${service.url}/readyz?verbose`)
        assert.equal(response.status, 200, await response.clone().text())
      })

      it('stops within five seconds of SIGTERM, exit 0', async () => {
        const askedMs = performance.now()
        service.kill('SIGTERM')
        const { code } = await service.ended
        const tookMs = performance.now() - askedMs
        assert.equal(code, 0, service.stderr)
        assert.ok(tookMs < 5_000, `${tookMs} ms`)
      })

      it('after a restart tells nothing twice, and goes on where it was', async () => {
        service = await start('quiet')
        await untilJudged(service)
        const { data } = (await getJson(`${service.url}/api/v1/alerts`)) as { data: { alerts: { alert: object }[] } }
        assert.deepEqual(data.alerts.map(({ alert }) => alert), report.alerts) // prettier-ignore
        assertTold(await alertsOf('quiet'))
        service.kill('SIGTERM')
        assert.equal((await service.ended).code, 0)
      })
    })

    describe('killed again and again', () => {
      it('tells the same alerts, none of them under another id, and counts nothing twice', async () => {
        // Where it is killed: when events have begun to come, and in the middle of the slices.
        const moments: ((metrics: Metrics) => boolean)[] = [
          (metrics) => metrics.sum('evenkeel_records_read_total') > 0,
          (metrics) => metrics.sum('evenkeel_slices_total') > slices / 2,
        ]
        for (const isTheMoment of moments) {
          const service = await start('killed')
          await eventually(() => scrape(service.url), isTheMoment, 'the moment to kill it')
          service.kill('SIGKILL')
          await service.ended
        }
        const service = await start('killed')
        await untilJudged(service)
        const records = await alertsOf('killed')
        // What a crash left unacknowledged is sent again, under the id it had.
        const once = new Map(
          records.map((record) => [(JSON.parse(record.value!.toString()) as { id: string }).id, record]),
        )
        assert.deepEqual([...once.values()].map(textOf), (await alertsOf('quiet')).map(textOf), 'to the byte')
        assert.deepEqual(await sliceDigests('killed'), await sliceDigests('quiet'), 'not one slice is another')
        service.kill('SIGTERM')
        assert.equal((await service.ended).code, 0)
      })
    })

    /** Of every slice on the topic, by its start, the first that stands there. */
    async function sliceDigests(prefix: string): Promise<[string, string][]> {
      const digests = new Map<string, string>()
      for (const { headers } of await readTopic(parts.bootstrap, `${prefix}.slices`)) {
        const [start, digest] = [headers['start']!.toString(), headers['digest']!.toString()]
        if (!digests.has(start)) digests.set(start, digest)
      }
      return [...digests]
    }
  },
)

function textOf({ value }: LogRecord): string {
  return value!.toString()
}

function told(event: string): unknown {
  const { data, ...rest } = JSON.parse(event) as { data: { slices: object } }
  return { ...rest, data: { ...data, verdictDigest: '', slices: { ...data.slices, chain: '' } } }
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url)
  assert.equal(response.status, 200, url)
  return response.json()
}
