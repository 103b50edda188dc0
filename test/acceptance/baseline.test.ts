import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Ajv } from 'ajv'
import type { Baseline } from '../../src/baseline/baseline.ts'
import { FileLog } from '../../src/log/file.ts'
import type { CheckVerdict } from '../../src/verdict/check.ts'
import type { Report } from '../../src/verdict/report.ts'
import { readAll } from '../support/event-topic.ts'
import { eventually, scrape } from '../support/metrics.ts'
import { evenkeel, startRun } from '../support/program.ts'
import type { Ended } from '../support/program.ts'
import { replayed } from '../support/replayed.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ndjson, shopConfig, shopEvents, SHOP_START_MS } from '../support/traffic.ts'
import type { ShopEvent } from '../support/traffic.ts'

const DAY_MS = 86_400_000
const DAYS = 9
const schema = readFileSync(new URL('../../schemas/baseline.schema.json', import.meta.url), 'utf8')
const isBaseline = new Ajv({ strict: false }).compile(JSON.parse(schema) as object)
const folder = temporaryFolder()
const file = (name: string): string => path.join(folder, name)

/** Nine days of a shop, and the two after them. */
const events = shopEvents({ hours: 24 * (DAYS + 2), perMinute: 4 })
const isBefore = ({ ts }: ShopEvent): boolean => ts < SHOP_START_MS + DAYS * DAY_MS
const history = events.filter(isBefore)
const live = events.filter((event) => !isBefore(event))
/** The world changes for both cohorts alike: comparing them shows nothing. */
const dearer = live.map((event) => ({ ...event, price: event.price! + 25, member: event.member || event.ts % 2 === 0 }))

function write(name: string, records: readonly (object | string)[]): string {
  writeFileSync(file(name), gzipSync(ndjson(records), { level: 1 }))
  return file(name)
}

function writeConfig(name: string, extra: Record<string, unknown> = {}, stream: Record<string, unknown> = {}): string {
  writeFileSync(file(name), JSON.stringify(shopConfig(stream, { panes: { length: '15m' }, ...extra })))
  return file(name)
}

function readFile(name: string): Baseline {
  return JSON.parse(readFileSync(file(name), 'utf8')) as Baseline
}

async function ok(args: readonly string[]): Promise<Ended> {
  const ended = await evenkeel(args)
  assert.equal(ended.code, 0, ended.stderr)
  return ended
}

const CONFIG = writeConfig('evenkeel.yaml')
const HISTORY = write('history.ndjson.gz', history)
const LIVE = write('live.ndjson.gz', live)
const DEARER = write('dearer.ndjson.gz', dearer)

function ofBaseline({ checks }: Report): CheckVerdict[] {
  return checks.filter(({ against }) => against === 'baseline')
}

describe('a baseline from files to a verdict', { timeout: 240_000 }, () => {
  before(async () => {
    await ok(['baseline', 'create', '--config', CONFIG, '--input', HISTORY, '--out', file('baseline.json')])
  })

  it('is created to the byte, keeps to its schema, and says that nobody verified it', async () => {
    const again = await ok([
      'baseline',
      'create',
      '-c',
      CONFIG,
      '--input',
      `shop=${HISTORY}`,
      '--out',
      file('again.json'),
    ])
    assert.equal(readFileSync(file('again.json'), 'utf8'), readFileSync(file('baseline.json'), 'utf8'))
    assert.ok(isBaseline(readFile('baseline.json')), JSON.stringify(isBaseline.errors))
    assert.match(again.stdout, /verified {2}no: /)
    assert.match(
      again.stdout,
      /records {3}shop: 51,840 read: 51,840 accepted \(0 duplicates\), 0 rejected, 0 late, 0 synthetic\n/,
    )
    assert.match(again.stdout, /shop: 51,840 events of 2,000 units in 216 hours of 9 days/)
    assert.match(again.stdout, /compared by the hour of the day; from 14 days on by the hour of the week/)
  })

  it('has the same figures whatever the partitions', async () => {
    await ok(['baseline', 'create', '-c', CONFIG, '--input', HISTORY, '--partitions', '3', '--out', file('dealt.json')])
    assert.deepEqual(readFile('dealt.json').streams, readFile('baseline.json').streams)
  })

  it('is not compared with before somebody verified it', async () => {
    const { report } = await replayed(['replay', '-c', CONFIG, '--input', LIVE, '--baseline', file('baseline.json')], folder, 'unverified') // prettier-ignore
    assert.ok(ofBaseline(report).length >= 8)
    for (const { verdict, reason } of ofBaseline(report)) {
      assert.equal(verdict, 'INSUFFICIENT')
      assert.match(reason, /the baseline is not verified/)
    }
  })

  it('is verified by name, in the file, under the same digest', async () => {
    const { digest } = readFile('baseline.json')
    const { stdout } = await ok(['baseline', 'verify', file('baseline.json'), '--by', 'alice'])
    assert.match(stdout, /verified {2}by alice, 20\d\d-/)
    assert.deepEqual([readFile('baseline.json').digest, readFile('baseline.json').verified!.by], [digest, 'alice'])
    assert.equal((await ok(['baseline', 'show', file('baseline.json')])).stdout, stdout)
  })

  it('passes days that are as the others were', async () => {
    const args = ['replay', '-c', CONFIG, '--input', LIVE, '--baseline', file('baseline.json')]
    const { ended, report, text } = await replayed(args, folder, 'same')
    assert.deepEqual(report.alerts.filter(({ against }) => against === 'baseline'), []) // prettier-ignore
    assert.ok(ofBaseline(report).every(({ verdict }) => verdict !== 'FAIL'))
    assert.ok(ofBaseline(report).filter(({ verdict }) => verdict === 'PASS').length >= 6)
    assert.equal(report.baseline, readFile('baseline.json').digest)
    const without = await replayed(['replay', '-c', CONFIG, '--input', LIVE], folder, 'without')
    assert.equal(ended.code, without.ended.code)
    assert.equal(without.report.baseline, undefined)
    assert.equal((await replayed(args, folder, 'same again')).text, text)
  })

  it('finds what changed for both cohorts; the verdict is that of the cohorts unless the policy asks', async () => {
    const args = (config: string): string[] => [
      'replay',
      '-c',
      config,
      '--input',
      DEARER,
      '--baseline',
      file('baseline.json'),
    ]
    const { ended, report } = await replayed(args(CONFIG), folder, 'dearer')
    assert.notEqual(ended.code, 1, report.reason)
    const found = report.alerts.filter(({ field }) => field === 'price')
    assert.deepEqual(found.map(({ against, cohort, check }) => [against, cohort, check]).sort(), [
      ['baseline', 'candidate', 'numeric'], ['baseline', 'control', 'numeric'],
    ]) // prettier-ignore
    assert.ok(found.every(({ severity }) => severity !== 'critical'))
    assert.equal(ofBaseline(report).find(({ id }) => id === 'shop/numeric/price@baseline')!.verdict, 'FAIL')
    assert.ok(report.alerts.every(({ against }) => against === 'baseline'))

    const strict = writeConfig('strict.yaml', { policy: { require: ['shop/numeric/price@baseline'] } })
    const asked = await replayed(args(strict), folder, 'asked')
    assert.equal(asked.ended.code, 1)
    assert.match(asked.report.reason, /^numeric price against the baseline: /)
  })

  it('is taken from the configuration as well', async () => {
    const config = writeConfig('with-baseline.yaml', { baseline: file('baseline.json') })
    const { report } = await replayed(['replay', '-c', config, '--input', LIVE], folder, 'configured')
    assert.equal(report.baseline, readFile('baseline.json').digest)
  })

  it('says how many days are missing', async () => {
    const short = write('short.ndjson.gz', history.filter(({ ts }) => ts < SHOP_START_MS + 3 * DAY_MS)) // prettier-ignore
    const made = await ok(['baseline', 'create', '-c', CONFIG, '--input', short, '--out', file('short.json')])
    assert.match(made.stdout, /too few days: at least 7 are needed/)
    await ok(['baseline', 'verify', '--by', 'bob', file('short.json')])
    const { report } = await replayed(['replay', '-c', CONFIG, '--input', DEARER, '--baseline', file('short.json')], folder, 'short') // prettier-ignore
    for (const { verdict, reason } of ofBaseline(report)) {
      assert.equal(verdict, 'INSUFFICIENT')
      assert.match(reason, /the baseline holds 3 of at least 7 days: 4 more are needed|too few values/)
    }
  })
})

describe('a baseline that cannot be used', { timeout: 240_000, concurrency: 2 }, () => {
  before(async () => {
    await ok(['baseline', 'create', '-c', CONFIG, '--input', HISTORY, '--out', file('good.json')])
    const text = readFileSync(file('good.json'), 'utf8')
    writeFileSync(file('changed.json'), text.replace('"events":51840', '"events":51841'))
    writeFileSync(file('cut.json'), text.slice(0, -500))
  })

  for (const [what, baseline, message] of [
    ['that is not there', 'nowhere.json', /the baseline cannot be read: ENOENT/],
    ['that was changed', 'changed.json', /changed\.json is damaged: its digest is not that of its contents/],
    ['that was cut off', 'cut.json', /cut\.json is no JSON/],
    ['that is something else', 'evenkeel.yaml', /evenkeel\.yaml is no baseline/],
  ] as const) {
    it(`ends a replay, a run and a check with 78 in one line: one ${what}`, async () => {
      const replay = await evenkeel(['replay', '-c', CONFIG, '--input', LIVE, '--baseline', file(baseline)])
      assert.deepEqual([replay.code, replay.stdout, replay.stderr.split('\n').length], [78, '', 2], replay.stderr)
      assert.match(replay.stderr, message)
      const config = writeConfig(`with-${baseline}.yaml`, {
        baseline: file(baseline),
        log: { directory: file('unused') },
      })
      for (const command of ['check', 'run']) {
        const ended = await evenkeel([command, '-c', config])
        assert.equal(ended.code, 78, ended.stderr)
        assert.match(ended.stderr, message)
      }
    })
  }

  it('ends with 78 where the configuration means something else, and says what', async () => {
    const fields = [{ name: 'price', kind: 'categorical' }, { name: 'country', kind: 'categorical' }] // prettier-ignore
    const config = writeConfig('other.yaml', {}, { fields })
    const { code, stderr } = await evenkeel(['replay', '-c', config, '--input', LIVE, '--baseline', file('good.json')])
    assert.equal(code, 78)
    assert.match(stderr, /good\.json does not fit the configuration:\n {2}shop: field price is .*"numeric".* there and .*"categorical".* here/) // prettier-ignore
  })

  for (const [what, args, message] of [
    ['nothing to do', ['baseline'], /create, verify or show/],
    ['no place to write to', ['baseline', 'create', '-c', CONFIG, '--input', HISTORY], /--out FILE/],
    ['no name', ['baseline', 'verify', 'x.json'], /--by NAME/],
    ['no file', ['baseline', 'verify', '--by', 'me'], /which file/],
    ['two files', ['baseline', 'show', 'a', 'b'], /one file, not a and b/],
    ['an option that is none', ['baseline', 'show', 'a', '--bye', 'x'], /there is no option --bye/],
    ['nobody’s cohort', ['baseline', 'create', '-c', CONFIG, '--out', 'x', '--cohort', 'other'], /--cohort is one of/],
    ['two sources', ['baseline', 'create', '--out', 'x', '--log', '--input', 'y'], /one source, not --input and --log/],
    [
      'times of a file',
      ['baseline', 'create', '--out', 'x', '--input', 'y', '--to', '2026-03-02T00:00:00Z'],
      /--from and --to go with --log or --topics/,
    ],
    [
      'offsets that are none',
      [
        'baseline',
        'create',
        '-c',
        writeConfig('l.yaml', { log: { directory: file('l') } }),
        '--out',
        'x',
        '--offsets',
        '0:9',
      ],
      /write PARTITION:FROM-TO/,
    ],
    ['no time', ['baseline', 'create', '--out', 'x', '--log', '--from', 'monday'], /--from monday: write a time/],
  ] as const) {
    it(`is told about ${what} with exit 64`, async () => {
      const { code, stderr } = await evenkeel(args)
      assert.equal(code, 64, stderr)
      assert.match(stderr, message)
    })
  }

  it('is not made of a file that ends too early, or of no events', async () => {
    writeFileSync(file('torn.gz'), readFileSync(HISTORY).subarray(0, 20_000))
    for (const [input, message] of [
      [file('torn.gz'), /EVENKEEL_INPUT_UNREADABLE/],
      [write('none.gz', []), /no accepted event/],
    ] as const) {
      // prettier-ignore
      const { code, stderr } = await evenkeel(['baseline', 'create', '-c', CONFIG, '--input', input, '--out', file('never.json')])
      assert.equal(code, 69, stderr)
      assert.match(stderr, message)
      assert.throws(() => readFileSync(file('never.json')))
    }
  })
})

describe('a baseline of what the service saw', { timeout: 240_000 }, () => {
  const directory = file('logs')
  const parts = { log: { directory }, http: { listen: '127.0.0.1:0' }, state: { directory: file('state') } }
  const config = writeConfig('service.yaml', parts, { start: 'earliest' })
  const days = history.filter(({ ts }) => ts < SHOP_START_MS + 2.5 * DAY_MS)
  const [from, to] = ['2026-03-02T12:00:00Z', '2026-03-04T00:00:00Z']

  async function ledger(): Promise<Record<string, unknown>[]> {
    const log = await FileLog.open(directory)
    const records = await readAll(log, 'evenkeel.ledger')
    await log.close()
    return records.map(({ value }) => (JSON.parse(value!.toString()) as { body: Record<string, unknown> }).body)
  }

  async function append(records: readonly ShopEvent[]): Promise<void> {
    const log = await FileLog.open(directory)
    await log.append('shop.events', records.map((event) => ({ key: event.user, value: JSON.stringify(event) }))) // prettier-ignore
    await log.close()
  }

  async function runUntil(configPath: string, isDone: (slices: number) => boolean): Promise<void> {
    const service = await startRun(configPath)
    await eventually(() => scrape(service.url), (each) => isDone(each.sum('evenkeel_slices_total')), 'slices') // prettier-ignore
    service.kill('SIGTERM')
    assert.equal((await service.ended).code, 0, service.stderr)
  }

  before(async () => {
    const log = await FileLog.open(directory)
    await log.createTopics([{ topic: 'shop.events', partitions: 2, replicationFactor: 1, config: {} }])
    await log.close()
    await append(days)
    await runUntil(config, (slices) => slices >= 2 * 96)
  })

  it('has the figures that the same events have as a file', async () => {
    await ok(['baseline', 'create', '-c', config, '--log', '--from', from, '--to', to, '--out', file('seen.json')])
    const within = days.filter(({ ts }) => ts >= Date.parse(from) && ts < Date.parse(to))
    await ok(['baseline', 'create', '-c', config, '--input', write('within.gz', within), '--out', file('read.json')])
    const [seen, read] = [readFile('seen.json'), readFile('read.json')]
    assert.deepEqual(seen.streams, read.streams)
    assert.deepEqual([seen.groups[0]!.slices.count, seen.groups[0]!.slices.fromMs], [36 * 4, Date.parse(from)])
  })

  it('has them also where the event topic is read between offsets, whose names it keeps', async () => {
    const size = { high0: 0, high1: 0 }
    const log = await FileLog.open(directory)
    // Broken, and behind the end that is asked for: the first is counted, the other not read.
    for (const partition of [0, 1]) await log.append('shop.events', [{ key: null, value: '{broken', partition }])
    ;[size.high0, size.high1] = (await log.bounds('shop.events'))!.map(({ high }) => high) as [number, number]
    const commitsBefore = [...log.store.commits('evenkeel.observe')]
    await log.close()
    const offsets = `shop=0:0-${size.high0},1:0-${size.high1 - 1}`
    const made = await ok(['baseline', 'create', '-c', config, '--offsets', offsets, '--out', file('offsets.json')])
    assert.match(made.stdout, new RegExp(`records {3}shop: ${(days.length + 1).toLocaleString('en')} read: .* 1 rejected, .*; violations: undecodable 1\n`)) // prettier-ignore
    await ok(['baseline', 'create', '-c', config, '--input', write('days.gz', [...days, '{broken']), '--partitions', '2', '--out', file('days.json')]) // prettier-ignore
    const [topic, read] = [readFile('offsets.json'), readFile('days.json')]
    assert.deepEqual(topic.streams, read.streams)
    assert.deepEqual(topic.groups[0]!.slices, read.groups[0]!.slices, 'made of the same slices, to the byte')
    assert.deepEqual(topic.groups[0]!.offsets, [
      { topic: 'shop.events', partition: 0, from: 0, to: size.high0 },
      { topic: 'shop.events', partition: 1, from: 0, to: size.high1 - 1 },
    ])
    assert.ok(isBaseline(topic), JSON.stringify(isBaseline.errors))
    assert.match((await ok(['baseline', 'show', file('offsets.json')])).stdout, new RegExp(`offsets {3}shop\\.events\\[1\\]: 0 to ${size.high1 - 1}\n`)) // prettier-ignore

    const after = await FileLog.open(directory)
    assert.deepEqual([...after.store.commits('evenkeel.observe')], commitsBefore)
    await after.close()
    assert.ok(readdirSync(path.join(directory, 'groups')).every((name) => !name.includes('baseline')))
  })

  it('is made of no offsets that the topic does not have', async () => {
    const { code, stderr } = await evenkeel(['baseline', 'create', '-c', config, '--offsets', '0:0-999999', '--out', file('never.json')]) // prettier-ignore
    assert.equal(code, 69, stderr)
    assert.match(
      stderr,
      /^EVENKEEL_INPUT_UNREADABLE: shop\.events\[0\]: offset 999999 is above the end of its log, \d+/,
    )
  })

  it('is verified in the ledger as well', async () => {
    await ok(['baseline', 'verify', file('seen.json'), '--by', 'carol', '--config', config])
    const { digest, verified } = readFile('seen.json')
    const last = (await ledger()).at(-1)!
    assert.deepEqual(last, { type: 'baseline-verified', digest, by: 'carol', atMs: verified!.atMs })
  })

  it('gives its cells to the service that is told of it, once', async () => {
    const told = writeConfig('told.yaml', { ...parts, baseline: file('seen.json') }, { start: 'earliest' })
    // Each run has half a day of slices to make that no run before it can have made.
    for (const end of [3, 3.5]) {
      const more = history.filter(({ ts }) => ts >= SHOP_START_MS + (end - 0.5) * DAY_MS && ts < SHOP_START_MS + end * DAY_MS) // prettier-ignore
      await append(more)
      await runUntil(told, (slices) => slices >= end * 96 - 8)
    }
    const price = readFile('seen.json').streams[0]!.metrics.find(
      ({ measure, name }) => measure === 'values' && name === 'price',
    )!
    const adopted = (await ledger()).filter(
      ({ field, cells }) => field === 'price' && JSON.stringify(cells) === JSON.stringify(price.cells),
    )
    assert.deepEqual(adopted.map(({ cut, counts }) => [cut, counts]), [[3, price.counts]]) // prettier-ignore
  })
})
