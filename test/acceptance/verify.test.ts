import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { before, describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { runCommand } from '../../src/commands/main.ts'
import { sha256 } from '../../src/ledger/digest.ts'
import { FileLog } from '../../src/log/file.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { kindOf, toChunks } from '../../src/pane/chunks.ts'
import { decodePane, encodePane } from '../../src/pane/codec.ts'
import { ChunkAssembler } from '../../src/pane/chunk-assembler.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import type { SchemaSource } from '../../src/registry/registry.ts'
import { decodeSlice, encodeSlice } from '../../src/slice/codec.ts'
import type { Outcome } from '../../src/verify/comparison.ts'
import type { VerifyReport } from '../../src/verify/report.ts'
import { verifyLogs } from '../../src/verify/verify.ts'
import type { VerifyOptions } from '../../src/verify/verify.ts'
import { readAll } from '../support/event-topic.ts'
import { changed, EVENTS_TOPIC, flipped, recordOf, TOPICS } from '../support/recorded.ts'
import type { Recorded } from '../support/recorded.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { shopConfig, shopEvents, SHOP_START_MS } from '../support/traffic.ts'

const HOUR_MS = 3_600_000
const LENGTH_MS = 300_000
/** Of five minutes; the last one stays open. */
const SLICES = 47
const PANES = 2 * SLICES

// For two hours nothing is wrong, then the candidate loses its prices for one.
const EVENTS = shopEvents({ hours: 4, perMinute: 60 }).map((event) =>
  event.model === 'm2' && event.ts > SHOP_START_MS + 2 * HOUR_MS && event.ts < SHOP_START_MS + 3 * HOUR_MS
    ? { ...event, price: null }
    : event,
)

let recorded: Recorded

async function verify(log: MemoryLog, options: Partial<VerifyOptions> = {}): Promise<VerifyReport> {
  const report = await verifyLogs(log, recorded.config, { schemas: openRegistry(null), ...options })
  holdsToSchema(report)
  return report
}

/** `equal/differs/exempt/out-of-reach/unreadable` of a level; null where nothing was there. */
function countsOf({ rows }: VerifyReport, level: string): string | null {
  const row = rows.find((each) => each.level === level)
  return row === undefined
    ? null
    : (Object.keys(row.counts) as Outcome[]).map((outcome) => row.counts[outcome]).join('/')
}

function digestsOf({ rows }: VerifyReport): string[][] {
  return rows.map(({ level, recomputed, onRecord }) => [level, recomputed, onRecord])
}

describe('verify', { timeout: 1_200_000 }, () => {
  let alertCount: number
  before(async () => {
    recorded = await recordOf(EVENTS)
    alertCount = (await recorded.log.bounds('evenkeel.alerts'))![0]!.high
    assert.ok(alertCount >= 2, `${alertCount} alerts to verify`)
  })

  describe('of logs that nobody touched', () => {
    it('makes everything again and finds it equal', async () => {
      const report = await verify(recorded.log)
      assert.deepEqual([report.verdict, report.differing, report.unreadable], ['PASS', [], []], report.reason)
      assert.equal(countsOf(report, 'panes'), `${PANES}/0/0/0/0`)
      assert.equal(countsOf(report, 'slices'), `${SLICES}/0/0/0/0`)
      assert.equal(countsOf(report, 'alerts'), `${alertCount}/0/0/0/0`)
      assert.match(countsOf(report, 'cells')!, /^[1-9]\d*\/0\/0\/0\/0$/)
      assert.match(countsOf(report, 'ledger')!, /^[1-9]\d*\/0\/0\/0\/0$/)
      for (const [level, recomputed, onRecord] of digestsOf(report)) assert.equal(recomputed, onRecord, level)
    })

    it('prints the same digests on another machine, whatever the batches are', async () => {
      const digests = digestsOf(await verify(recorded.log))
      for (const batchRecordsMax of [7, 10_000]) {
        const log = new MemoryLog({ store: recorded.log.store, batchRecordsMax })
        assert.deepEqual(digestsOf(await verify(log)), digests)
      }
    })

    it('writes nothing and commits nothing', async () => {
      const log = await changed(recorded.log)
      const ends = async (): Promise<unknown> =>
        Promise.all([EVENTS_TOPIC, ...TOPICS].map((topic) => log.bounds(topic)))
      const before = await ends()
      await verify(log)
      assert.deepEqual(await ends(), before)
      assert.deepEqual([...log.store.groups.keys()].map((group) => [...log.store.commits(group)]).flat(), [])
    })

    it('compares only what starts in the range that was asked for', async () => {
      const range = { fromMs: SHOP_START_MS + 2 * HOUR_MS, toMs: SHOP_START_MS + 3 * HOUR_MS }
      const report = await verify(recorded.log, { range })
      assert.equal(report.verdict, 'PASS')
      assert.deepEqual([countsOf(report, 'panes'), countsOf(report, 'slices')], ['24/0/0/0/0', '12/0/0/0/0'])
      const row = report.rows.find(({ level }) => level === 'slices')!
      assert.deepEqual([row.fromMs, row.toMs], [range.fromMs, range.toMs])
    })
  })

  describe('names exactly what was changed', () => {
    const startMs = SHOP_START_MS + 13 * LENGTH_MS

    async function onlyDifference(log: MemoryLog): Promise<VerifyReport['differing'][number]> {
      const report = await verify(log)
      assert.equal(report.verdict, 'FAIL')
      assert.deepEqual(report.differing.length, 1, JSON.stringify(report.differing, null, 1))
      assert.match(report.reason, /^1 on record differ; the first: /)
      return report.differing[0]!
    }

    const isPane = (record: LogRecord): boolean =>
      kindOf(record) === 'pane' && text(record, 'start') === String(startMs) && text(record, 'partition') === '1'
    const isSlice = (record: LogRecord): boolean =>
      kindOf(record) === 'slice' && text(record, 'start') === String(startMs)

    it('one bit of a pane', async () => {
      const log = await changed(recorded.log, (record) => (isPane(record) ? { value: flipped(record.value!) } : {}))
      const { level, partition, startMs: at, recomputed, onRecord, reason } = await onlyDifference(log)
      assert.deepEqual([level, partition, at], ['panes', 1, startMs])
      assert.match(recomputed!, /^sha256:/)
      assert.notEqual(onRecord, recomputed)
      assert.match(reason!, /do not have the digest/)
    })

    it('a pane that somebody counted anew, digest and all', async () => {
      const forge = (bytes: Buffer): Buffer => {
        const pane = decodePane(bytes)
        pane.tallies.synthetic += 1
        return encodePane(pane)
      }
      const log = await changed(recorded.log, (record) => (isPane(record) ? forged(record, forge) : {}))
      const { level, partition, startMs: at, reason } = await onlyDifference(log)
      assert.deepEqual([level, partition, at, reason], ['panes', 1, startMs, 'its events give another pane'])
    })

    it('a pane that is gone, and one that follows from nothing', async () => {
      const without = await changed(recorded.log, (record) => (isPane(record) ? null : {}))
      const gone = await onlyDifference(without)
      assert.deepEqual([gone.level, gone.partition, gone.startMs, gone.onRecord], ['panes', 1, startMs, null])

      const log = await changed(recorded.log)
      const model = (await readAll(recorded.log, 'evenkeel.panes')).find(isPane)!
      const later = SHOP_START_MS + 100 * LENGTH_MS
      const forge = (bytes: Buffer): Buffer => encodePane({ ...decodePane(bytes), startMs: later })
      const { key, value, headers } = { ...model, ...forged(model, forge, later) }
      await log.append('evenkeel.panes', [{ key: key!.toString(), value, headers }])
      const extra = await onlyDifference(log)
      assert.deepEqual([extra.level, extra.startMs, extra.recomputed, extra.reason], ['panes', later, null, 'it follows from no events']) // prettier-ignore
    })

    it('one bit of a slice, and goes on to the alerts with what it must have been', async () => {
      const log = await changed(recorded.log, (record) => (isSlice(record) ? { value: flipped(record.value!) } : {}))
      const { level, startMs: at, recomputed } = await onlyDifference(log)
      assert.deepEqual([level, at], ['slices', startMs])
      assert.match(recomputed!, /^sha256:/)
    })

    it('a slice that somebody added up anew, digest and all', async () => {
      const forge = (bytes: Buffer): Buffer => {
        const slice = decodeSlice(bytes)
        slice.streams[0]!.tallies.cohorts[1].accepted.add(3)
        return encodeSlice(slice)
      }
      const log = await changed(recorded.log, (record) => (isSlice(record) ? forged(record, forge) : {}))
      const { level, startMs: at, reason } = await onlyDifference(log)
      assert.deepEqual([level, at, reason], ['slices', startMs, 'its panes give another slice'])
    })

    it('a slice that says a partition was empty', async () => {
      const forge = (bytes: Buffer): Buffer => {
        const slice = decodeSlice(bytes)
        slice.streams[0]!.partitions[1] = { partition: 1, pane: 'empty', idle: false, lost: 0 }
        return encodeSlice(slice)
      }
      const log = await changed(recorded.log, (record) => (isSlice(record) ? forged(record, forge) : {}))
      assert.deepEqual((await onlyDifference(log)).startMs, startMs)
    })

    it('one byte of an alert', async () => {
      const log = await changed(recorded.log, (record) =>
        record.topic === 'evenkeel.alerts' && record.offset === 0
          ? { value: Buffer.from(record.value!.toString().replace('"critical"', '"kritical"')) }
          : {},
      )
      const { level, id } = await onlyDifference(log)
      assert.deepEqual([level, id], ['alerts', idOf((await readAll(recorded.log, 'evenkeel.alerts'))[0]!)])
    })

    it('an alert that is not there, and one that follows from nothing', async () => {
      const first = (await readAll(recorded.log, 'evenkeel.alerts'))[0]!
      const log = await changed(recorded.log, (record) =>
        record.topic !== 'evenkeel.alerts' || record.offset > 0
          ? {}
          : { value: Buffer.from(record.value!.toString().replaceAll(idOf(first), 'f'.repeat(32))) },
      )
      const { differing } = await verify(log)
      assert.deepEqual(differing.map(({ level, id, recomputed, onRecord }) => [level, id, recomputed === null, onRecord === null]), [
        ['alerts', idOf(first), false, true],
        ['alerts', 'f'.repeat(32), true, false],
      ]) // prettier-ignore
    })

    it('a record of the ledger that was edited, and the one that named it', async () => {
      const log = await changed(recorded.log, (record) =>
        record.topic === 'evenkeel.ledger' && record.offset === 2
          ? { value: Buffer.from(record.value!.toString().replace('"cut":1', '"cut":2')) }
          : {},
      )
      const report = await verify(log)
      assert.equal(report.verdict, 'FAIL')
      assert.deepEqual([report.differing[0]!.level, report.differing[0]!.id], ['ledger', 'offset 2'])
    })

    it('a record of the ledger that was cut out', async () => {
      const log = await changed(recorded.log, (record) =>
        record.topic === 'evenkeel.ledger' && record.offset === 1 ? null : {},
      )
      const { differing } = await verify(log)
      assert.deepEqual([differing[0]!.level, differing[0]!.id], ['ledger', 'offset 2'])
      assert.match(differing[0]!.reason!, /the one before it is not there/)
    })

    it('an event that was changed afterwards, by its pane', async () => {
      const log = await changed(recorded.log, (record) =>
        record.topic === EVENTS_TOPIC && record.partition === 0 && record.offset === 3_000
          ? { value: Buffer.from(record.value!.toString().replace('"plan":"', '"plan":"x')) }
          : {},
      )
      const { level, partition } = await onlyDifference(log)
      assert.deepEqual([level, partition], ['panes', 0])
    })
  })

  describe('of logs that retention has cut', () => {
    it('events: verifies the panes that can be made with certainty, and says which cannot', async () => {
      const log = await changed(recorded.log)
      log.store.deleteRecords(EVENTS_TOPIC, 0, 2_000)
      const report = await verify(log)
      assert.equal(report.verdict, 'PASS', report.reason)
      const { counts, reasons } = report.rows.find(({ level }) => level === 'panes')!
      assert.ok(counts.equal > SLICES + 10 && counts.equal < PANES - 10, JSON.stringify(counts))
      assert.equal(counts.equal + counts['out-of-reach'], PANES)
      assert.match(reasons[0]!.reason, /begin too late/)
      assert.equal(countsOf(report, 'slices'), `${SLICES}/0/0/0/0`)
    })

    it('panes: verifies the slices of those that are left', async () => {
      const log = await changed(recorded.log)
      for (const { partition, high } of (await log.bounds('evenkeel.panes'))!)
        log.store.deleteRecords('evenkeel.panes', partition, Math.floor(high / 2))
      const report = await verify(log)
      assert.equal(report.verdict, 'PASS', report.reason)
      const { counts, reasons } = report.rows.find(({ level }) => level === 'slices')!
      assert.ok(counts.equal > 10 && counts['out-of-reach'] > 10, JSON.stringify(counts))
      assert.equal(counts.equal + counts['out-of-reach'], SLICES)
      assert.equal(reasons[0]!.reason, 'its panes are deleted by now')
      assert.equal(countsOf(report, 'alerts'), `${alertCount}/0/0/0/0`)
    })

    it('slices: verifies those that are left, and not the alerts, whose evidence began before', async () => {
      const log = await changed(recorded.log)
      for (const { partition, high } of (await log.bounds('evenkeel.slices'))!)
        log.store.deleteRecords('evenkeel.slices', partition, Math.min(5, high))
      const report = await verify(log)
      assert.equal(report.verdict, 'PASS', report.reason)
      assert.equal(countsOf(report, 'slices'), `${SLICES - 5}/0/0/0/0`)
      assert.equal(countsOf(report, 'alerts'), `0/0/0/${alertCount}/0`)
    })

    it('everything but the record itself: there is nothing to verify, and that is no pass', async () => {
      const log = await changed(recorded.log)
      for (const topic of [EVENTS_TOPIC, 'evenkeel.panes', 'evenkeel.slices']) {
        for (const { partition, high } of (await log.bounds(topic))!) log.store.deleteRecords(topic, partition, high)
      }
      const report = await verify(log)
      assert.deepEqual([report.verdict, countsOf(report, 'alerts')], ['INSUFFICIENT', `0/0/0/${alertCount}/0`])
    })

    it('of topics that are empty says the same', async () => {
      const log = await changed(recorded.log, () => null)
      assert.equal((await verify(log)).verdict, 'INSUFFICIENT')
    })
  })

  it('is an ERROR where the schemas cannot be had, and goes on with what needs none', async () => {
    const schemas: SchemaSource = {
      ...openRegistry(null),
      prepare: async () => ({ retryInMs: 10, reason: 'the schema registry does not answer' }),
    }
    const report = await verify(recorded.log, { schemas, registryWithinMs: 200 })
    assert.equal(report.verdict, 'ERROR')
    assert.match(report.unreadable.join(), /the schema registry does not answer/)
    assert.equal(countsOf(report, 'panes'), `0/0/0/0/${PANES}`)
    assert.equal(countsOf(report, 'slices'), `${SLICES}/0/0/0/0`)
  })

  it('of a watch that began at the end of its topic leaves out what began somewhere in between', async () => {
    // The record of one who began later, verified by one who cannot know where: as with `start: latest`.
    const late = { ...recorded.config, streams: recorded.config.streams.map((each) => ({ ...each, start: 'latest' as const })) } // prettier-ignore
    const report = await verifyLogs(recorded.log, late, { schemas: openRegistry(null) })
    assert.equal(report.verdict, 'PASS', report.reason)
    assert.equal(countsOf(report, 'panes'), `${PANES}/0/0/0/0`, 'equal is equal')
    const log = await changed(recorded.log, (record) =>
      record.topic === EVENTS_TOPIC && record.offset < 100 ? { value: Buffer.from('{}') } : {},
    )
    const changedBefore = await verifyLogs(log, late, { schemas: openRegistry(null) })
    assert.equal(changedBefore.verdict, 'PASS', changedBefore.reason)
    assert.match(countsOf(changedBefore, 'panes')!, /^\d\d\/0\/0\/[1-9]\d*\/0$/)
  })

  it('counts what was closed by silence, and takes no offence at it', async () => {
    const quiet = await recordOf(EVENTS.slice(0, 6_000), {}, { panes: { idle: '2s' } }, async ({ log, until }) => {
      const all = Math.floor((EVENTS[5_999]!.ts - SHOP_START_MS) / LENGTH_MS) + 1
      await until(all, 'the last pane closed by silence')
      // What comes late after the silence is counted in the pane after it.
      const rest = [...EVENTS.slice(5_900, 5_950), ...EVENTS.slice(6_000, 9_000)]
      await log.append(EVENTS_TOPIC, rest.map((event) => ({ key: event.user, value: JSON.stringify({ ...event, id: `${event.id}-again` }) }))) // prettier-ignore
      await until(all + 6, 'and panes after it')
    })
    const report = await verifyLogs(quiet.log, quiet.config, { schemas: openRegistry(null), keepsAll: true })
    assert.deepEqual([report.verdict, report.differing], ['PASS', []], report.reason)
    const panes = report.compared!.filter(({ level }) => level === 'panes')
    assert.ok(panes.length > 30)
    const notEqual = panes.filter(({ outcome }) => outcome !== 'equal')
    assert.ok(notEqual.length <= 8, JSON.stringify(notEqual, null, 1))
    assert.equal(report.rows.find(({ level }) => level === 'slices')!.counts.differs, 0)
  })

  describe('as a command', () => {
    const folder = temporaryFolder()
    const directory = path.join(folder, 'logs')
    const configPath = path.join(folder, 'evenkeel.yaml')

    before(async () => {
      mkdirSync(directory)
      writeFileSync(configPath, JSON.stringify(shopConfig({ start: 'earliest' }, { log: { directory } })))
      const log = await FileLog.open(directory)
      for (const topic of [EVENTS_TOPIC, ...TOPICS]) {
        await log.createTopics([{ topic, partitions: (await recorded.log.bounds(topic))!.length, replicationFactor: 1, config: {} }]) // prettier-ignore
        const records = await readAll(recorded.log, topic)
        await log.append(topic, records.map(({ partition, key, value, headers }) => ({ partition, key: key?.toString() ?? null, value, headers }))) // prettier-ignore
      }
      await log.close()
    })

    it('prints one table, and exits 0', async () => {
      const { code, out } = await run(['verify', '--config', configPath])
      assert.equal(code, 0, out)
      assert.match(out, /^PASS {2}\d+ on record were recomputed, and are equal\n\nlevel +of +equal +differs/)
      assert.match(
        out,
        /\npanes +shop +94 +0 +0 +0 +0 +2026-03-02T00:00:00Z +2026-03-02T03:55:00Z +(sha256:\w{12}) +\1\n/,
      )
    })

    it('writes every digest beside that on record', async () => {
      const file = path.join(folder, 'report.json')
      const { code } = await run(['verify', '--config', configPath, '--json', file, '--stream', 'shop'])
      assert.equal(code, 0)
      const report = JSON.parse(readFileSync(file, 'utf8')) as VerifyReport
      holdsToSchema(report)
      const { compared } = report
      assert.equal(compared!.filter(({ level }) => level === 'panes').length, PANES)
      assert.ok(compared!.every(({ recomputed, onRecord }) => recomputed === onRecord && onRecord !== null))
      assert.equal((JSON.parse((await run(['verify', '--config', configPath, '--json', '-'])).out) as VerifyReport).verdict, 'PASS') // prettier-ignore
    })

    it('exits 1 where something differs, and names the first', async () => {
      const log = await FileLog.open(directory)
      const [first] = await readAll(recorded.log, 'evenkeel.alerts')
      await log.append('evenkeel.alerts', [{ key: 'x', value: first!.value!.toString().replaceAll(idOf(first!), 'e'.repeat(32)) }]) // prettier-ignore
      await log.close()
      const { code, out } = await run(['verify', '--config', configPath])
      assert.equal(code, 1)
      assert.match(
        out,
        /^FAIL {2}1 on record differ; the first: alert shop 2026-\S+ e{32}: it follows from no slices\n/,
      )
      assert.match(out, /\ndiffers: alert shop .*\n {2}recomputed {2}none\n {2}on record {3}sha256:\w{64}\n/)
    })

    it('exits 2 where there is nothing, 3 where a topic is not there, 64 and 78 for what was asked wrongly', async () => {
      const empty = path.join(folder, 'empty')
      mkdirSync(empty)
      const emptyConfig = path.join(folder, 'empty.yaml')
      writeFileSync(emptyConfig, JSON.stringify(shopConfig({}, { log: { directory: empty } })))
      const missing = await run(['verify', '--config', emptyConfig])
      assert.deepEqual([missing.code, /EVENKEEL_TOPIC_MISSING/.test(missing.err)], [3, true], missing.err)
      const log = await FileLog.open(empty)
      for (const topic of [EVENTS_TOPIC, ...TOPICS]) await log.createTopics([{ topic, partitions: 1, replicationFactor: 1, config: {} }]) // prettier-ignore
      await log.close()
      assert.equal((await run(['verify', '--config', emptyConfig])).code, 2)
      assert.equal((await run(['verify', '--config', configPath, '--stream', 'nope'])).code, 64)
      assert.equal((await run(['verify', '--config', configPath, '--from', 'yesterday'])).code, 64)
      assert.equal((await run(['verify', '--config', path.join(folder, 'none.yaml')])).code, 78)
    })
  })
})

const schema = JSON.parse(readFileSync(new URL('../../schemas/verify.schema.json', import.meta.url), 'utf8')) as object
const isReport = new Ajv({ allErrors: true, strict: false }).compile(schema)

function holdsToSchema(report: VerifyReport): void {
  assert.ok(isReport(JSON.parse(JSON.stringify(report))), JSON.stringify(isReport.errors, null, 1))
}

function text({ headers }: LogRecord, name: string): string {
  return headers[name]?.toString('utf8') ?? ''
}

function idOf({ value }: LogRecord): string {
  return (JSON.parse(value!.toString('utf8')) as { id: string }).id
}

/** The record of what `forge` makes of its content, with the right digest. */
function forged(record: LogRecord, forge: (bytes: Buffer) => Buffer, startMs?: number): Partial<LogRecord> {
  const whole = new ChunkAssembler().add(record)
  assert.equal(whole.kind, 'complete')
  if (whole.kind !== 'complete') throw new Error('unreachable')
  const bytes = forge(whole.bytes)
  const identity = { ...whole.identity, startMs: startMs ?? whole.identity.startMs }
  const [chunk] = toChunks(identity, bytes, { key: record.key!.toString(), digest: sha256(bytes) })
  const headers = Object.fromEntries(Object.entries(chunk!.headers!).map(([name, value]) => [name, Buffer.from(value)]))
  return { value: chunk!.value as Buffer, headers }
}

async function run(args: string[]): Promise<{ code: number; out: string; err: string }> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const code = await runCommand(args, { stdout, stderr, env: {} })
  const textOf = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? ''
  return { code, out: textOf(stdout), err: textOf(stderr) }
}
