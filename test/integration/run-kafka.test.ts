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
const skip = broker === null || registry === null

/**
 * A case with a fault, as Avro on a real topic, against a replay of the same events from a file. One installation
 * (`killed`) lives through kills while the events come; another (`quiet`) reads them afterwards, undisturbed.
 */
describe('run over real Kafka and a real registry', { skip, timeout: 2_400_000 }, () => {
  const folder = temporaryFolder()
  const parts = { bootstrap: broker?.bootstrap ?? '', registryUrl: registry?.url ?? '' }
  const events = caseCut('obd-null')
  const boundMs = closedThroughMs(events, PARTITIONS)
  let report: Report
  /** What the topic has to hold up to the last slice that closes, in order. */
  let due: Predicted[]
  /** Of these, each alert as it is told last. */
  let standing: Map<string, AlertData>
  let slices: number

  before(async () => {
    const config = kafkaConfig(folder, 'obd-null', 'predicted', parts)
    const input = path.join(folder, 'events.ndjson')
    writeFileSync(input, ndjson(events))
    const args = ['replay', '--config', config, '--input', input, '--partitions', String(PARTITIONS)]
    report = (await replayed(args, folder, 'predicted')).report
    const predicted = await predictAlerts(config, input, PARTITIONS)
    due = predicted.filter(({ sliceEndMs }) => sliceEndMs <= boundMs)
    standing = lastByAlert(due)
    slices = (boundMs - report.streams[0]!.fromMs) / 300_000
    const inReplay = lastByAlert(predicted)
    assert.deepEqual(
      [...inReplay.keys()].sort(),
      report.alerts.map(({ id }) => id).sort(),
      'both replays tell the same',
    )
    for (const alert of report.alerts) assertHolds(inReplay.get(alert.id), alert)
    assert.ok(
      [...standing.values()].some(({ field }) => field === 'user_feature_2'),
      'there is something to be told',
    )
  })
  after(() => Promise.all([broker?.stop(), registry?.stop()]))

  const start = (prefix: string): Promise<RunningService> => startRun(kafkaConfig(folder, 'obd-null', prefix, parts))
  const until = (service: RunningService, isIt: (metrics: Metrics) => boolean, what: string): Promise<Metrics> =>
    eventually(() => scrape(service.url), isIt, what).catch((error: Error) =>
      assert.fail(`${error.message}\n${service.stderr}`),
    )
  const untilJudged = (service: RunningService): Promise<Metrics> => {
    const isDone = (metrics: Metrics): boolean =>
      metrics.sum('evenkeel_slices_total', { completeness: 'complete' }) === slices &&
      metrics.sum('evenkeel_alerts_unpublished') === 0 &&
      metrics.sum('evenkeel_consumer_lag_records') === 0
    return until(service, isDone, `${slices} slices judged, alerts out, nothing left to read`)
  }
  const alertsOf = (prefix: string): Promise<LogRecord[]> => readTopic(parts.bootstrap, `${prefix}.alerts`)

  /** Ids, order, times, alerts: all but the digests of the slices, which say by which schema a record was written. */
  const assertTold = (records: readonly LogRecord[]): void => {
    assert.deepEqual(records.map((record) => told(textOf(record))), due.map(({ value }) => told(value))) // prettier-ignore
    assert.deepEqual(records.map(({ key }) => key!.toString()), due.map(({ key }) => key)) // prettier-ignore
  }

  const assertShown = async ({ url }: RunningService): Promise<void> => {
    const answer = await getJson(`${url}/api/v1/alerts?state=all`)
    const { data } = answer as { data: { alerts: { alert: AlertData & Record<'acknowledged' | 'muted', unknown> }[] } }
    assert.equal(data.alerts.length, standing.size)
    for (const {
      alert: { acknowledged, muted, ...alert },
    } of data.alerts) {
      // What people said of it does not stand on the topic; nobody said anything.
      assert.deepEqual([acknowledged, muted], [null, null])
      assertHolds(standing.get(alert.id), alert)
    }
  }

  describe('killed again and again while events come', () => {
    const produceUpTo = async (from: number, share: number): Promise<number> => {
      const to = Math.floor(events.length * share)
      await produceCase(parts.bootstrap, parts.registryUrl, 'obd-null', events.slice(from, to))
      return to
    }
    const killedWhen = async (isTheMoment: (metrics: Metrics) => boolean): Promise<void> => {
      const service = await start('killed')
      await until(service, isTheMoment, 'the moment to kill it')
      service.kill('SIGKILL')
      await service.ended
    }

    it('tells the alerts that a replay predicts, none of them under another id', async () => {
      let produced = await produceUpTo(0, 0.3)
      await killedWhen((metrics) => metrics.sum('evenkeel_records_read_total') > 0)
      await killedWhen((metrics) => metrics.sum('evenkeel_slices_total') > slices * 0.2)
      // What comes now belongs into panes that were open when it was killed.
      produced = await produceUpTo(produced, 0.6)
      await killedWhen((metrics) => metrics.sum('evenkeel_slices_total') > slices * 0.5)
      await produceUpTo(produced, 1)
      const service = await start('killed')
      await untilJudged(service)
      assertTold(once(await alertsOf('killed')))
      service.kill('SIGTERM')
      assert.equal((await service.ended).code, 0)
    })
  })

  describe('undisturbed, from the beginning of the topic', () => {
    let service: RunningService
    let metrics: Metrics
    let records: LogRecord[]

    before(async () => {
      const config = kafkaConfig(folder, 'obd-null', 'quiet', parts)
      const created = await evenkeel(['topics', '--create', '--config', config])
      assert.equal(created.code, 0, created.stderr)
      service = await start('quiet')
      metrics = await untilJudged(service)
      records = await alertsOf('quiet')
    })

    it('publishes the alerts that a replay of the same events predicts', () => assertTold(records))

    it('publishes what was published through all those kills, to the byte', async () => {
      assert.deepEqual(once(await alertsOf('killed')).map(textOf), records.map(textOf))
      assert.deepEqual(await sliceDigests('killed'), await sliceDigests('quiet'), 'not one slice is another')
    })

    it('publishes CloudEvents of our schema, in JSON by their header', () => {
      for (const record of records) {
        assert.ok(isAlertEvent(JSON.parse(textOf(record))), JSON.stringify(isAlertEvent.errors))
        assert.match(record.headers['content-type']!.toString(), /^application\/cloudevents\+json/)
      }
    })

    it('counts every record once on /metrics', () => {
      const stream = { stream: 'impressions' }
      const kinds = ['events', 'rejected', 'late', 'synthetic'].map((kind) => metrics.sum(`evenkeel_${kind}_total`, stream)) // prettier-ignore
      assert.equal(metrics.sum('evenkeel_records_read_total', stream), events.length)
      assert.equal(kinds.reduce((sum, count) => sum + count), events.length) // prettier-ignore
      assert.equal(metrics.sum('evenkeel_late_total', stream), report.streams[0]!.events.late)
      assert.equal(metrics.sum('evenkeel_slices_total', { completeness: 'incomplete' }), 0)
    })

    it('shows the same alerts on /metrics and on /api/v1/alerts', async () => {
      await assertShown(service)
      const firing = [...standing.values()].filter(({ state }) => state === 'firing')
      assert.equal(metrics.sum('evenkeel_alerts', { state: 'firing' }), firing.length)
      for (const { check, severity } of firing) {
        const alike = firing.filter((each) => each.check === check && each.severity === severity)
        assert.equal(metrics.sum('evenkeel_alerts', { check, severity, state: 'firing' }), alike.length)
      }
    })

    it('shows the counts of its slices on /api/v1/streams', async () => {
      type Streams = { streams: { name: string; slices: number }[] }
      const { streams } = (await getJson(`${service.url}/api/v1/streams`)) as Streams
      assert.deepEqual(streams.map((stream) => [stream.name, stream.slices]), [['impressions', slices]]) // prettier-ignore
    })

    it('is ready', async () => {
      await getJson(`${service.url}/readyz?verbose`)
    })

    it('stops within five seconds of SIGTERM, exit 0', async () => {
      await service.stopsInTime()
    })

    it('after a restart tells nothing twice, and goes on where it was', async () => {
      service = await start('quiet')
      await untilJudged(service)
      await assertShown(service)
      assertTold(await alertsOf('quiet'))
      service.kill('SIGTERM')
      assert.equal((await service.ended).code, 0)
    })
  })

  /** Of every slice on the topic, by its start, the first that stands there. */
  async function sliceDigests(prefix: string): Promise<[start: string, digest: string][]> {
    const digests = new Map<string, string>()
    for (const { headers } of await readTopic(parts.bootstrap, `${prefix}.slices`)) {
      const [start, digest] = [headers['start']!.toString(), headers['digest']!.toString()]
      if (!digests.has(start)) digests.set(start, digest)
    }
    return [...digests]
  }
})

/** What a crash left unacknowledged is sent again, under the id it had. */
function once(records: readonly LogRecord[]): LogRecord[] {
  const byId = new Map<string, LogRecord>()
  for (const record of records) {
    const { id } = JSON.parse(textOf(record)) as { id: string }
    const known = byId.get(id)
    if (known === undefined) byId.set(id, record)
    else assert.equal(textOf(record), textOf(known), 'an event that is sent again is the same to the byte')
  }
  return [...byId.values()]
}

function textOf({ value }: LogRecord): string {
  return value!.toString()
}

function told(event: string): unknown {
  const { data, ...rest } = JSON.parse(event) as { data: { slices: object } }
  return { ...rest, data: { ...data, verdictDigest: '', slices: { ...data.slices, chain: '' } } }
}

interface AlertData {
  id: string
  check: string
  field: string | null
  severity: string
  state: string
}

function lastByAlert(events: readonly Predicted[]): Map<string, AlertData> {
  const data = events.map(({ value }) => (JSON.parse(value) as { data: AlertData }).data)
  return new Map(data.map((alert) => [alert.id, alert]))
}

/** The event's data holds the whole alert, and more. */
function assertHolds(data: AlertData | undefined, alert: object): void {
  assert.deepEqual({ ...data, ...alert }, data)
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url)
  assert.equal(response.status, 200, url)
  return response.json()
}
