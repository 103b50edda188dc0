import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Counted } from '../../src/pane/counted.ts'
import { CANDIDATE, CONTROL, OTHER } from '../../src/pane/pane.ts'
import { CATALOGUE } from '../../src/telemetry/catalogue.ts'
import { labelValue } from '../../src/telemetry/label.ts'
import { Telemetry } from '../../src/telemetry/metrics.ts'
import type { TelemetryOptions } from '../../src/telemetry/metrics.ts'
import type { DriftRow } from '../../src/telemetry/snapshot.ts'
import type { CheckVerdict } from '../../src/verdict/check.ts'
import { readExposition } from '../support/exposition.ts'
import type { ReadSample } from '../support/exposition.ts'
import { fakeAlert, fakeCheck, fakeWatched } from '../support/fake-facts.ts'
import { streamConfig } from '../support/streams.ts'

describe('what was counted', () => {
  it('is read = accepted + rejected + late + synthetic, and adds up over calls', async () => {
    const telemetry = telemetryOf()
    const counted = new Counted()
    for (const cohort of [CONTROL, CONTROL, CANDIDATE, OTHER] as const) counted.accept(cohort, false)
    counted.accept(CANDIDATE, true)
    counted.reject('undecodable')
    counted.setAside('wrong-type')
    counted.late = 2
    counted.synthetic = 3
    const counts = counted.take()
    telemetry.counted('impressions', counts)
    telemetry.counted('impressions', counts)
    telemetry.counted('impressions', counted.take())
    const samples = await scrape(telemetry)
    const value = (name: string, labels: Record<string, string> = {}): number =>
      valueOf(samples, name, { stream: 'impressions', ...labels })
    assert.equal(value('evenkeel_events_total', { cohort: 'control' }), 4)
    assert.equal(value('evenkeel_events_total', { cohort: 'candidate' }), 4)
    assert.equal(value('evenkeel_events_total', { cohort: 'other' }), 2)
    assert.equal(value('evenkeel_rejected_total', { reason: 'undecodable' }), 2)
    assert.equal(value('evenkeel_violations_total', { reason: 'undecodable' }), 2)
    assert.equal(value('evenkeel_violations_total', { reason: 'wrong-type' }), 2)
    assert.equal(value('evenkeel_late_total'), 4)
    assert.equal(value('evenkeel_synthetic_total'), 6)
    assert.equal(value('evenkeel_duplicates_total'), 2)
    assert.equal(value('evenkeel_records_read_total'), 10 + 2 + 4 + 6)
  })

  it('starts at zero for every watched stream, and names the versions behind the roles', async () => {
    const telemetry = telemetryOf()
    telemetry.watch([streamConfig()])
    const samples = await scrape(telemetry)
    assert.equal(valueOf(samples, 'evenkeel_rejected_total', { stream: 'impressions', reason: 'oversized' }), 0)
    assert.equal(valueOf(samples, 'evenkeel_records_read_total', { stream: 'impressions' }), 0)
    const info = samples.filter(({ name }) => name === 'evenkeel_cohort_info').map(({ labels }) => ({ ...labels }))
    assert.deepEqual(info, [
      { stream: 'impressions', cohort: 'control', model_version: 'm1' },
      { stream: 'impressions', cohort: 'candidate', model_version: 'm2' },
    ])
  })

  it('does not date what has not happened to 1970', async () => {
    const telemetry = telemetryOf()
    assert.deepEqual(
      namesOf(await scrape(telemetry)).filter((name) => name.endsWith('_timestamp_seconds')),
      [],
    )
    telemetry.committed(1_700_000_000_500)
    telemetry.lastEvent('impressions', -Infinity)
    const samples = await scrape(telemetry)
    assert.equal(valueOf(samples, 'evenkeel_commit_last_success_timestamp_seconds'), 1_700_000_000.5)
    assert.ok(!namesOf(samples).includes('evenkeel_last_event_timestamp_seconds'))
  })

  it('is kept apart between two services in one process', async () => {
    const [one, other] = [telemetryOf(), telemetryOf()]
    one.panesClosed('impressions', 3)
    assert.equal(valueOf(await scrape(one), 'evenkeel_panes_closed_total', { stream: 'impressions' }), 3)
    assert.ok(!namesOf(await scrape(other)).includes('evenkeel_panes_closed_total'))
  })
})

describe('what was judged', () => {
  it('shows alerts by state, with zeros for every check that has none', async () => {
    const telemetry = telemetryOf()
    telemetry.judged({
      checks: [fakeCheck('price', 'FAIL'), { ...fakeCheck('x', 'PASS'), check: 'numeric' }],
      alerts: [fakeAlert('price', 'firing'), fakeAlert('country', 'resolved')],
      drift: [],
      watchList: [],
    })
    const samples = await scrape(telemetry)
    const value = (check: string, severity: string, state: string): number =>
      valueOf(samples, 'evenkeel_alerts', { stream: 'impressions', check, severity, state })
    assert.equal(value('missing', 'critical', 'firing'), 1)
    assert.equal(value('missing', 'critical', 'resolved'), 1)
    assert.equal(value('missing', 'warning', 'firing'), 0)
    assert.equal(value('numeric', 'critical', 'firing'), 0)
    assert.equal(valueOf(samples, 'evenkeel_drifted_fields', { stream: 'impressions', severity: 'critical' }), 1)
    assert.equal(valueOf(samples, 'evenkeel_checks', { stream: 'impressions', verdict: 'FAIL' }), 1)
    assert.equal(valueOf(samples, 'evenkeel_checks', { stream: 'impressions', verdict: 'INSUFFICIENT' }), 0)
  })

  it('forgets what no longer holds', async () => {
    const telemetry = telemetryOf()
    const drift = [driftOf('price', 0.4), driftOf('age', 0.1)]
    telemetry.judged({
      checks: [fakeCheck('price', 'FAIL')],
      alerts: [fakeAlert('price', 'firing')],
      drift,
      watchList: [],
    })
    telemetry.judged({ checks: [fakeCheck('price', 'PASS')], alerts: [], drift: [driftOf('age', null)], watchList: [] })
    const samples = await scrape(telemetry)
    assert.ok(!namesOf(samples).includes('evenkeel_drift_psi'))
    const labels = { stream: 'impressions', check: 'missing', severity: 'critical', state: 'firing' }
    assert.equal(valueOf(samples, 'evenkeel_alerts', labels), 0)
  })

  it('shows how near the checks on the watch list are to their alarm, and nothing of the others', async () => {
    const telemetry = telemetryOf()
    const judged = { checks: [fakeCheck('price', 'PASS'), fakeCheck('country', 'PASS')], alerts: [], drift: [] }
    telemetry.judged({ ...judged, watchList: [fakeWatched('country')] })
    const ratios = (await scrape(telemetry)).filter(({ name }) => name === 'evenkeel_watch_list_ratio')
    assert.deepEqual(
      ratios.map(({ labels, value }) => [labels.stream, labels.check, labels.field, value]),
      [['impressions', 'missing', 'country', 0.75]],
    )
    telemetry.judged({ ...judged, watchList: [] })
    assert.ok(!namesOf(await scrape(telemetry)).includes('evenkeel_watch_list_ratio'))
  })

  it('names the fields that drift most and those with an alert; the others share their largest value', async () => {
    const telemetry = telemetryOf({ namedFieldsMax: 2, pinnedFields: [{ stream: 'impressions', field: 'pinned' }] })
    const fields = ['a', 'b', 'c', 'd', 'pinned', 'price']
    const checks = fields.map((field, at): CheckVerdict => {
      const evidence = { nats: 10 + (field === 'pinned' || field === 'price' ? -9 : at), thresholdNats: 12 }
      return { ...fakeCheck(field, 'PASS'), evidence }
    })
    const drift = fields.map((field, at) => driftOf(field, at / 10))
    telemetry.judged({ checks, alerts: [fakeAlert('price', 'firing')], drift, watchList: [] })
    const samples = await scrape(telemetry)
    const psi = samples.filter(({ name }) => name === 'evenkeel_drift_psi')
    assert.deepEqual(psi.map(({ labels }) => labels.field).sort(), ['c', 'd', 'other', 'pinned', 'price'])
    assert.equal(psi.find(({ labels }) => labels.field === 'other')!.value, 0.1)
    assert.equal(
      valueOf(samples, 'evenkeel_evidence_nats', { stream: 'impressions', check: 'missing', field: 'other' }),
      11,
    )
  })
})

describe('the number of series', () => {
  it('never passes its limit, whatever the labels; totals stay right and the overflow is counted', async () => {
    const telemetry = telemetryOf({ seriesMax: 1000 })
    for (let at = 0; at < 20_000; at++) {
      telemetry.panesClosed(`stream-${at}`, 1)
      telemetry.lastEvent(`stream-${at}`, (20_000 - at) * 1000)
    }
    telemetry.lag(new Map(Array.from({ length: 3000 }, (_, at) => [`stream-${at}`, 1])))
    const samples = await scrape(telemetry)
    assert.ok(samples.length <= 1000, `${samples.length} series`)
    const total = (name: string): number =>
      samples.reduce((sum, each) => (each.name === name ? sum + each.value : sum), 0)
    assert.equal(total('evenkeel_panes_closed_total'), 20_000)
    assert.equal(total('evenkeel_consumer_lag_records'), 3000)
    const named = samples.filter(({ name }) => name === 'evenkeel_last_event_timestamp_seconds').length - 1
    // The times fall, so the largest in `other` is that of the first stream without a series of its own.
    assert.equal(valueOf(samples, 'evenkeel_last_event_timestamp_seconds', { stream: 'other' }), 20_000 - named)
    assert.ok(valueOf(samples, 'evenkeel_series_overflow_total', { metric: 'evenkeel_panes_closed_total' }) > 19_000)
  })

  it('holds with every metric of the catalogue overflowing at once', async () => {
    const telemetry = telemetryOf({ seriesMax: 700, processMetrics: true })
    telemetry.watch(Array.from({ length: 300 }, (_, at) => streamConfig({ name: `stream-${at}` })))
    const checks = Array.from({ length: 4000 }, (_, at) => ({
      ...fakeCheck(`field-${at}`, 'FAIL'),
      stream: `s-${at % 50}`,
    }))
    const alerts = checks.map((check) => ({ ...fakeAlert(check.field!, 'firing'), stream: check.stream }))
    telemetry.judged({ checks, alerts, drift: checks.map(({ field }) => driftOf(field!, 1)), watchList: [] })
    for (let at = 0; at < 1000; at++) telemetry.errorCounted(`CODE_${at}`)
    const samples = await scrape(telemetry)
    assert.ok(samples.length <= 700, `${samples.length} series`)
    const alertsShown = samples
      .filter(({ name }) => name === 'evenkeel_alerts')
      .reduce((sum, { value }) => sum + value, 0)
    assert.equal(alertsShown, 4000)
  })

  it('gives room back when a gauge has fewer series', async () => {
    const telemetry = telemetryOf({ seriesMax: 1000 })
    const many = (prefix: string) => new Map(Array.from({ length: 200 }, (_, at) => [`${prefix}-${at}`, 1]))
    for (let round = 0; round < 50; round++) telemetry.lag(many(`round-${round}`))
    const samples = await scrape(telemetry)
    assert.equal(samples.filter(({ name }) => name === 'evenkeel_consumer_lag_records').length, 200)
    assert.equal(valueOf(samples, 'evenkeel_series_overflow_total', { metric: 'evenkeel_consumer_lag_records' }), 0)
  })
})

describe('label values', () => {
  it('lose controls and lone surrogates, and what is beyond 128 characters', () => {
    assert.equal(labelValue('a\u0000b\n\tc\u007f"\\'), 'abc"\\')
    assert.equal(labelValue('x\ud800y\udc00z'), 'xyz')
    assert.equal(labelValue('💥'.repeat(200)), '💥'.repeat(128))
    assert.equal(labelValue('é'.repeat(128)), 'é'.repeat(128))
  })

  it('that look like several labels do not make two series one', async () => {
    const telemetry = telemetryOf()
    const rows = [driftOf('a,stream:b', 1), driftOf('a', 2)]
    const streams = ['c', 'b,stream:c']
    const drift = rows.map((row, at) => ({ ...row, stream: streams[at]! }))
    telemetry.judged({ checks: [], alerts: [], drift, watchList: [] })
    const psi = (await scrape(telemetry)).filter(({ name }) => name === 'evenkeel_drift_psi')
    assert.deepEqual(psi.map(({ value }) => value).sort(), [1, 2])
  })

  it('10,000 hostile names: both formats read back as the same set of series', async (t) => {
    const seed = Date.now() % 1_000_000
    t.diagnostic(`seed ${seed}`)
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        '"}\nevil 1',
        '\\',
        '\\n',
        '"',
        '\u0000',
        '\ud83d',
        '{a="b"}',
        ',b:z',
        'x,field:y',
        '__proto__',
        '# EOF',
        '💥',
      ),
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 200 }),
    )
    const name = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''))
    const pairs = fc.sample(fc.tuple(name, name), { seed, numRuns: 10_000 })
    const telemetry = telemetryOf({ seriesMax: 30_000, namedFieldsMax: 20_000 })
    telemetry.judged({
      checks: [],
      alerts: [],
      drift: pairs.map(([stream, field]) => ({ ...driftOf(field, 1), stream })),
      watchList: [],
    })
    const expected = new Set(pairs.map(([stream, field]) => JSON.stringify([labelValue(stream), labelValue(field)])))
    for (const format of ['text', 'openmetrics'] as const) {
      const psi = (await scrape(telemetry, format)).filter(({ name: each }) => each === 'evenkeel_drift_psi')
      const read = psi.map(({ labels }) => JSON.stringify([labels.stream, labels.field]))
      assert.equal(read.length, expected.size)
      assert.deepEqual(new Set(read), expected)
    }
  })
})

describe('the two formats', () => {
  it('follow Accept, and asking for one never changes the other', async () => {
    const telemetry = telemetryOf()
    telemetry.panesClosed('impressions', 1)
    const prometheus =
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
    const asked: [accept: string | undefined, contentType: RegExp][] = [
      [undefined, /^text\/plain; version=0\.0\.4/],
      [prometheus, /^application\/openmetrics-text; version=1\.0\.0/],
      ['*/*', /^text\/plain/],
      ['application/openmetrics-text;q=0.2, text/plain', /^text\/plain/],
      ['application/openmetrics-text; version=2.0.0', /^text\/plain/],
      ['nonsense;;;q=x', /^text\/plain/],
    ]
    for (const [accept, contentType] of [...asked, ...asked]) {
      const answer = await telemetry.expose(accept)
      assert.match(answer.contentType, contentType)
      const format = answer.contentType.startsWith('text') ? 'text' : 'openmetrics'
      const { samples, types } = readExposition(answer.body, format)
      assert.ok(namesOf(samples).includes('evenkeel_panes_closed_total'))
      assert.equal(types.get(format === 'text' ? 'evenkeel_panes_closed_total' : 'evenkeel_panes_closed'), 'counter')
    }
  })

  it('show where a slow batch was, in OpenMetrics', async () => {
    const telemetry = telemetryOf()
    telemetry.batchProcessed(0.3, { topic: 'shop.impressions', partition: 2, offset: 4711 })
    const openMetrics = await scrape(telemetry, 'openmetrics')
    const bucket = openMetrics.find(({ labels, exemplar }) => labels.le === '0.5' && exemplar !== null)
    assert.deepEqual({ ...bucket!.exemplar }, { partition: 'shop.impressions/2', offset: '4711' })
    assert.equal(valueOf(openMetrics, 'evenkeel_batch_process_duration_seconds_bucket', { le: '1.0' }), 1)
    assert.equal(valueOf(await scrape(telemetry), 'evenkeel_batch_process_duration_seconds_count'), 1)
  })

  it('export only what the catalogue names', async () => {
    const { types } = readExposition((await telemetryOf().expose()).body, 'text')
    assert.deepEqual([...types.keys()].sort(), Object.keys(CATALOGUE).sort())
  })
})

function telemetryOf(options: Partial<TelemetryOptions> = {}): Telemetry {
  return new Telemetry({ version: '0.1.0', ...options })
}

async function scrape(telemetry: Telemetry, format: 'text' | 'openmetrics' = 'text'): Promise<ReadSample[]> {
  const { body } = await telemetry.expose(
    format === 'openmetrics' ? 'application/openmetrics-text; version=1.0.0' : 'text/plain',
  )
  return readExposition(body, format).samples
}

function valueOf(samples: readonly ReadSample[], name: string, labels: Record<string, string> = {}): number {
  const found = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )
  assert.equal(found.length, 1, `${found.length} series ${name}${JSON.stringify(labels)}`)
  return found[0]!.value
}

function namesOf(samples: readonly ReadSample[]): string[] {
  return samples.map(({ name }) => name)
}

function driftOf(field: string, psi: number | null): DriftRow {
  return { stream: 'impressions', field, against: 'control', psi, ks: null, js: null, wassersteinRatio: null }
}
