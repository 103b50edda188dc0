import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { FileLog } from '../../src/log/file.ts'
import { SERIES_MAX } from '../../src/telemetry/series-limit.ts'
import { eventually, scrape } from '../support/metrics.ts'
import { startRun } from '../support/program.ts'
import type { RunningService } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { SHOP_START_MS, shopConfig } from '../support/traffic.ts'

const NAMES = 1_000_000
/** One in ten is of a cohort that is configured. */
const KNOWN_EVERY = 10
const HOUR_MS = 3_600_000
const BATCH = 50_000
const VERSIONS = 10_000

/** Every event has a cohort, a unit, a category and a field of a name that no other has; a tenth of them are as they should be. */
describe('a million names of cohorts, units, categories and fields', { timeout: 1_800_000 }, () => {
  const folder = temporaryFolder()
  let service: RunningService

  before(async () => {
    const directory = path.join(folder, 'logs')
    const config = path.join(folder, 'evenkeel.yaml')
    const parts = { log: { directory }, http: { listen: '127.0.0.1:0' }, state: { directory: path.join(folder, 'state') } } // prettier-ignore
    const candidate = ['m2', ...Array.from({ length: VERSIONS }, (_, at) => `configured-${at}`)]
    const stream = { start: 'earliest', id: undefined, engagement: undefined, cohort: { field: 'model', control: ['m1'], candidate } } // prettier-ignore
    writeFileSync(config, JSON.stringify(shopConfig(stream, parts)))
    const log = await FileLog.open(directory)
    await log.createTopics([{ topic: 'shop.events', partitions: 1, replicationFactor: 1, config: {} }])
    for (let from = 0; from < NAMES; from += BATCH) {
      const events = Array.from({ length: BATCH }, (_, at) => eventOf(from + at))
      await log.append('shop.events', events.map((value) => ({ key: null, value }))) // prettier-ignore
    }
    await log.close()
    service = await startRun(config)
    await eventually(() => scrape(service.url), (each) => each.sum('evenkeel_records_read_total') === NAMES && each.sum('evenkeel_slices_total') === 11, 'all read and judged', 1_500_000) // prettier-ignore
  })

  it('are counted as what they are: other, and the known ones to the last event', async () => {
    const metrics = await scrape(service.url)
    const counted = ['control', 'candidate', 'other'].map((cohort) => metrics.sum('evenkeel_events_total', { cohort }))
    assert.deepEqual(counted, [NAMES / KNOWN_EVERY / 2, NAMES / KNOWN_EVERY / 2, NAMES - NAMES / KNOWN_EVERY])
  })

  it('stay below the limit of series, which says what it left out', async () => {
    const metrics = await scrape(service.url)
    assert.ok(metrics.samples.length <= SERIES_MAX, `${metrics.samples.length} series`)
    assert.ok(metrics.sum('evenkeel_series_overflow_total', { metric: 'evenkeel_cohort_info' }) > 0)
    assert.equal(metrics.sum('evenkeel_cohort_info', { model_version: 'other' }), 1)
    const names = metrics.samples.flatMap(({ labels }) => Object.values(labels))
    assert.deepEqual(names.filter((name) => /^[vucf]\d+$/.test(name)), []) // prettier-ignore
  })

  it('take no more room in answers than others: what is beyond the names that are kept is one number', async () => {
    const query = 'stream=shop&field=country'
    const { a, b } = await json<Record<'a' | 'b', { values: number; categories: { count: number }[]; others: number }>>(`/api/v1/compare?${query}`) // prettier-ignore
    for (const side of [a, b]) {
      assert.ok(side.categories.length <= 100, `${side.categories.length} names`)
      assert.equal(side.categories.reduce((sum, { count }) => sum + count, side.others), side.values) // prettier-ignore
      assert.ok(side.others > 0)
    }
    const { cohorts } = await json<{ cohorts: { name: string; events: number; units: number; unitsEstimated: boolean }[] }>('/api/v1/streams/shop/cohorts') // prettier-ignore
    const other = cohorts.find(({ name }) => name === 'other')!
    assert.ok(Math.abs(other.events / NAMES - 0.9) < 0.1, `${other.events} events of others`)
  })

  it('leave the service in the memory that it has, and stop nothing', async (t) => {
    const metrics = await scrape(service.url)
    const megabytes = metrics.sum('process_resident_memory_bytes') / 1e6
    t.diagnostic(`${Math.round(megabytes)} MB resident`)
    assert.ok(megabytes < 700, `${Math.round(megabytes)} MB`)
    await service.stopsInTime()
  })

  async function json<T>(url: string): Promise<T> {
    return (await (await fetch(`${service.url}${url}`)).json()) as T
  }
})

function eventOf(at: number): string {
  const isKnown = at % KNOWN_EVERY === 0
  return JSON.stringify({
    ts: SHOP_START_MS + Math.floor((at * HOUR_MS) / NAMES),
    user: `u${at}`,
    model: isKnown ? (at % (2 * KNOWN_EVERY) === 0 ? 'm1' : 'm2') : `v${at}`,
    price: 10 + (at % 97),
    country: `c${at}`,
    plan: 'free',
    member: at % 3 === 0,
    [`f${at}`]: 1,
  })
}
