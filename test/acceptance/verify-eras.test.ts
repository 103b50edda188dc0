import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { readConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/shape.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { MemoryLog, MemoryStore } from '../../src/log/memory.ts'
import { kindOf } from '../../src/pane/chunks.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import type { Level } from '../../src/verify/comparison.ts'
import type { VerifyReport } from '../../src/verify/report.ts'
import { verifyLogs } from '../../src/verify/verify.ts'
import { readAll } from '../support/event-topic.ts'
import { changed, EVENTS_TOPIC, flipped, TOPICS } from '../support/recorded.ts'
import { announce, Supervised, until } from '../support/supervised.ts'
import { shopConfig, shopEvents, SHOP_START_MS } from '../support/traffic.ts'

const HOUR_MS = 3_600_000
const at = (hours: number): number => SHOP_START_MS + hours * HOUR_MS

function configOf(stream: Record<string, unknown> = {}, panes: Record<string, unknown> = {}): Config {
  const parts = { http: { listen: '127.0.0.1:0' }, panes }
  return readConfig(JSON.stringify(shopConfig({ start: 'earliest', ...stream }, parts)), 'test.yaml', {})
}

const FIRST = configOf()
/** Other fields, longer panes, more patience: nothing of it is as it was before. */
const SECOND = configOf({ fields: [{ name: 'country', kind: 'categorical' }] }, { length: '10m', lateness: '2m' })
/** The shapes by turns, the first one twice. */
const TURNS = [
  { config: FIRST, fromMs: at(0), slices: 42 },
  { config: SECOND, fromMs: at(3.5), slices: 12 },
  { config: FIRST, fromMs: at(5.5), slices: 17 },
]

// In the first era the candidate loses its prices and does not get them back: what fires then ends with the era.
const EVENTS = shopEvents({ hours: 7, perMinute: 60 }).map((event) =>
  event.model === 'm2' && event.ts > at(2) && event.ts < at(3.5) ? { ...event, price: null } : event,
)

/** What one instance that is started again at each turn leaves on its topics. */
async function record(): Promise<MemoryLog> {
  const store = new MemoryStore()
  const log = new MemoryLog({ store })
  await log.createTopics([{ topic: EVENTS_TOPIC, partitions: 2, replicationFactor: 1, config: {} }])
  const feed = async (fromMs: number, toMs: number): Promise<void> => {
    const due = EVENTS.filter(({ ts }) => ts >= fromMs && ts < toMs)
    await log.append(EVENTS_TOPIC, due.map((event) => ({ key: event.user, value: JSON.stringify(event) }))) // prettier-ignore
  }
  const service = new Supervised(store, FIRST)
  for (const [number, { config, fromMs, slices }] of TURNS.entries()) {
    const next = TURNS[number + 1]
    if (number > 0) await until('the turn', () => service.starts > number)
    if (next === undefined) await feed(fromMs + HOUR_MS, at(7))
    else {
      await feed(number === 0 ? fromMs : fromMs + HOUR_MS, next.fromMs - HOUR_MS / 2)
      await until('what can be announced to', () => service.folded >= 3)
      await announce(log, next.config, next.fromMs)
      // What comes early for the next era has come before this one ends.
      await feed(next.fromMs - HOUR_MS / 2, next.fromMs + HOUR_MS)
    }
    service.config = config
    if (next === undefined) await until('the last slices', () => service.folded >= slices)
  }
  await service.stop()
  return log
}

const verify = (log: MemoryLog, config = FIRST): Promise<VerifyReport> => verifyLogs(log, config, { schemas: openRegistry(null) }) // prettier-ignore

function countsOf({ rows }: VerifyReport, level: Level): string {
  return Object.values(rows.find((row) => row.level === level)!.counts).join('/')
}

describe('verify, where panes were configured anew', { timeout: 1_200_000 }, () => {
  let log: MemoryLog
  let alertCount: number
  before(async () => {
    log = await record()
    alertCount = (await log.bounds('evenkeel.alerts'))![0]!.high
    assert.ok(alertCount >= 2, `${alertCount} alerts to verify`)
  })

  it('makes every era again with its own shape, back to the first: nothing is out of reach', async () => {
    const report = await verify(log)
    assert.deepEqual([report.verdict, report.differing], ['PASS', []], report.reason)
    const slices = TURNS.reduce((sum, turn) => sum + turn.slices, 0)
    assert.equal(countsOf(report, 'slices'), `${slices}/0/0/0/0`)
    assert.equal(countsOf(report, 'panes'), `${2 * slices}/0/0/0/0`)
    assert.equal(countsOf(report, 'alerts'), `${alertCount}/0/0/0/0`)
    assert.match(countsOf(report, 'cells'), /^[1-9]\d*\/0\/0\/0\/0$/)
    const row = report.rows.find(({ level }) => level === 'slices')!
    assert.deepEqual([row.fromMs, row.toMs], [at(0), at(5.5) + 17 * 300_000])
  })

  it('prints the same digests whichever of the files is given, whatever the batches are', async () => {
    const digests = (await verify(log)).rows.map(({ recomputed }) => recomputed)
    const small = new MemoryLog({ store: log.store, batchRecordsMax: 97 })
    for (const each of [await verify(log, SECOND), await verify(small)])
      assert.deepEqual(each.rows.map(({ recomputed }) => recomputed), digests) // prettier-ignore
  })

  describe('names exactly what was changed', () => {
    async function onlyDifference(
      change: (record: LogRecord) => Partial<LogRecord> | null,
    ): Promise<VerifyReport['differing'][number]> {
      // prettier-ignore
      const report = await verify(await changed(log, change))
      assert.equal(report.verdict, 'FAIL')
      assert.equal(report.differing.length, 1, JSON.stringify(report.differing, null, 1))
      return report.differing[0]!
    }

    for (const [title, startMs] of [
      ['the first era', at(3)],
      ['the last pane of an era', at(3.5) - 300_000],
      ['the first pane of the next', at(3.5)],
      ['an era in the middle', at(5)],
    ] as const) {
      for (const kind of ['pane', 'slice'] as const)
        it(`one bit of a ${kind}: ${title}`, async () => {
          const isIt = (record: LogRecord): boolean =>
            kindOf(record) === kind && text(record, 'start') === String(startMs) && (kind === 'slice' || text(record, 'partition') === '1') // prettier-ignore
          const { level, startMs: found } = await onlyDifference((each) => isIt(each) ? { value: flipped(each.value!) } : {}) // prettier-ignore
          assert.deepEqual([level, found], [`${kind}s`, startMs])
        })

      it(`an event: ${title}`, async () => {
        const records = await readAll(log, EVENTS_TOPIC)
        const { partition, offset } = records.find((each) => timeOf(each) >= startMs + 120_000)!
        const {
          level,
          startMs: found,
          reason,
        } = await onlyDifference((each) =>
          each.topic === EVENTS_TOPIC && each.partition === partition && each.offset === offset
            ? { value: Buffer.from(each.value!.toString().replace('"country":"', '"country":"x')) }
            : {},
        )
        assert.deepEqual([level, found, reason], ['panes', startMs, 'its events give another pane'])
      })
    }

    it('an alert of the first era', async () => {
      const { level, startMs } = await onlyDifference((each) =>
        each.topic === 'evenkeel.alerts' && each.offset === 0
          ? { value: Buffer.from(each.value!.toString().replace('"critical"', '"kritical"')) }
          : {},
      )
      assert.equal(level, 'alerts')
      assert.ok(startMs! < at(3.5))
    })
  })

  it('where the first era is deleted, verifies what is left of the others, as of any watch', async () => {
    const cut = await changed(log)
    for (const { partition } of (await cut.bounds(EVENTS_TOPIC))!) {
      const left = (await readAll(cut, EVENTS_TOPIC)).find((each) => each.partition === partition && timeOf(each) >= at(3.6)) // prettier-ignore
      cut.store.deleteRecords(EVENTS_TOPIC, partition, left!.offset)
    }
    const report = await verify(cut)
    assert.equal(report.verdict, 'PASS', report.reason)
    const { counts, reasons } = report.rows.find(({ level }) => level === 'panes')!
    assert.deepEqual([counts.differs, counts.exempt, counts.unreadable], [0, 0, 0])
    assert.ok(counts.equal > 50, JSON.stringify(counts))
    assert.match(reasons[0]!.reason, /begin too late/)
    assert.equal(countsOf(report, 'slices'), countsOf(await verify(log), 'slices'))
  })

  it('says of a shape that the ledger has for no time that it cannot make it again', async () => {
    // As if the first change had never been announced: what it has changed is of nobody's configuration.
    const report = await verify(await changed(log, (each) => (each.topic === TOPICS[0] && each.value!.includes(`"fromMs":${at(3.5)}`) ? null : {}))) // prettier-ignore
    assert.equal(report.verdict, 'FAIL', 'the chain tells')
    assert.equal(report.differing[0]!.level, 'ledger')
    const { reasons } = report.rows.find(({ level }) => level === 'panes')!
    assert.ok(reasons.some(({ outcome, reason }) => outcome === 'out-of-reach' && /another configuration of panes/.test(reason))) // prettier-ignore
  })
})

function text({ headers }: LogRecord, name: string): string {
  return headers[name]?.toString('utf8') ?? ''
}

function timeOf({ value }: LogRecord): number {
  return (JSON.parse(value!.toString()) as { ts: number }).ts
}
