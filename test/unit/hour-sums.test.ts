import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { POLICY_DEFAULTS } from '../../src/config/defaults.ts'
import type { CompareQuery, HistoryQuery } from '../../src/http/facts.ts'
import { CANDIDATE, CONTROL } from '../../src/pane/pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import { createTallies } from '../../src/pane/tallies.ts'
import { encodeSlice } from '../../src/slice/codec.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { compareCohorts } from '../../src/view/compare.ts'
import type { CompareScope } from '../../src/view/compare.ts'
import { fieldHistory } from '../../src/view/history.ts'
import { HourBook } from '../../src/view/hour-book.ts'
import { HourStore } from '../../src/view/hour-store.ts'
import { SliceView } from '../../src/view/slice-view.ts'
import { streamConfig } from '../support/streams.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const SLICE = 300_000
const HOUR = 3_600_000
const SLICES = 60
const DIGEST = 'sha256:now'
const stream = streamConfig()
const plans = new Map([[stream.name, planStream(stream, { streams: [stream] })]])
const booked = { group: stream.name, stream, plans, paneConfigDigest: DIGEST }
const signal = new AbortController().signal
const NAMES = ['price', 'country', 'member', 'click_rate']
/** From, to in slices: whole hours, both ends inside an hour, inside one hour, everything. */
const RANGES = [[12, 36], [5, 41], [14, 20], [0, SLICES]] as const // prettier-ignore

describe('sums of hours', () => {
  it('answer like the slices they are made of, to the last digit, wherever a range begins and ends', async () => {
    const { scope, store } = await scopeOf()
    const alone = { ...scope, hours: null }
    let read = 0
    const get = store.get.bind(store)
    store.get = (...asked) => {
      const bytes = get(...asked)
      if (bytes !== null) read++
      return bytes
    }
    for (const field of NAMES) {
      for (const [from, to] of RANGES) {
        const query = compareQuery(field, from, to)
        assert.deepEqual(await compareCohorts(scope, query, signal), await compareCohorts(alone, query, signal))
        const { effectMin } = POLICY_DEFAULTS
        const asked: HistoryQuery = { stream: stream.name, field, fromMs: from * SLICE, toMs: to * SLICE, stepMs: 2 * HOUR } // prettier-ignore
        assert.deepEqual(
          await fieldHistory({ ...scope, marks: [], effectMin }, asked, signal),
          await fieldHistory({ ...alone, marks: [], effectMin }, asked, signal),
        )
      }
    }
    assert.ok(read > 20, `only ${read} hours were read`)
  })

  it('are made when somebody asks where they were not made as slices came, and kept then', async () => {
    const { scope, store } = await scopeOf({ fromSlice: 30 })
    const hasHour = (at: number) => store.get(stream.name, 0, at * HOUR, 12) !== null
    assert.deepEqual([0, 1, 2, 3].map(hasHour), [false, false, false, true])
    await compareCohorts(scope, compareQuery('price', 0, SLICES), signal)
    assert.deepEqual([0, 1, 2, 3].map(hasHour), [true, true, true, true])
  })

  it('of an hour that has grown since count for nothing', async () => {
    const { scope, store } = await scopeOf({ without: 14 })
    const query = compareQuery('price', 12, 24)
    const before = await compareCohorts(scope, query, signal)
    assert.ok(before.kind === 'compared' && before.comparison.slices === 11)
    assert.ok(store.get(stream.name, 0, HOUR, 11) !== null)
    apply(scope.view, [sliceAt(14)])
    const after = await compareCohorts(scope, query, signal)
    assert.ok(after.kind === 'compared' && after.comparison.slices === 12)
    assert.deepEqual(after, await compareCohorts({ ...scope, hours: null }, query, signal))
  })

  it('leave out slices of another configuration, and are never kept of such an hour', async () => {
    const { scope, store } = await scopeOf({ foreign: 13 })
    const query = compareQuery('price', 12, 24)
    const answer = await compareCohorts(scope, query, signal)
    assert.ok(answer.kind === 'compared' && answer.comparison.slices === 11)
    assert.equal(store.get(stream.name, 0, HOUR, 12), null)
    assert.deepEqual(answer, await compareCohorts({ ...scope, hours: null }, query, signal))
  })

  it('outlive a restart, but not another log or another configuration', async () => {
    const directory = temporaryFolder()
    const { store } = await scopeOf({ directory })
    store.close()
    const again = open(directory)
    assert.ok(again.get(stream.name, 0, HOUR, 12) !== null)
    again.close()
    const other = open(directory, 'another')
    assert.equal(other.get(stream.name, 0, HOUR, 12), null)
    other.close()
  })

  it('that lost a bit are none', async () => {
    const directory = temporaryFolder()
    const { store } = await scopeOf({ directory })
    const bytes = Buffer.from(store.get(stream.name, 0, HOUR, 12)!)
    store.close()
    bytes[40]! ^= 1
    const database = new DatabaseSync(path.join(directory, 'hours.sqlite'))
    const { changes } = database
      .prepare('UPDATE hours SET bytes = ? WHERE position = 0 AND hour_ms = ?')
      .run(bytes, HOUR)
    assert.equal(changes, 1)
    database.close()
    const again = open(directory)
    assert.equal(again.get(stream.name, 0, HOUR, 12), null)
    assert.ok(again.get(stream.name, 0, 2 * HOUR, 12) !== null)
    again.close()
  })

  it('begin again where the file is none, and are done without where no file can be', () => {
    const directory = temporaryFolder()
    writeFileSync(path.join(directory, 'hours.sqlite'), 'this is no database, whatever it is'.repeat(100))
    const store = open(directory)
    store.put(stream.name, 0, 12, [{ column: 0, bytes: Buffer.from('x') }])
    assert.equal(Buffer.from(store.get(stream.name, 0, 0, 12)!).toString(), 'x')
    store.close()
    const failures: Error[] = []
    const nowhere = new HourStore({ directory: path.join(directory, 'none'), source: 'log', horizonMs: HOUR, onFailure: (error) => failures.push(error) }) // prettier-ignore
    nowhere.put(stream.name, 0, 12, [{ column: 0, bytes: Buffer.from('x') }])
    assert.equal(nowhere.get(stream.name, 0, 0, 12), null)
    assert.equal(failures.length, 1)
  })

  it('go when they are older than what is kept', () => {
    const store = open(null)
    for (let at = 0; at < 40; at++) store.put(stream.name, at * HOUR, 12, [{ column: 0, bytes: Buffer.from([at]) }])
    assert.equal(store.get(stream.name, 0, 0, 12), null)
    assert.ok(store.get(stream.name, 0, 39 * HOUR, 12) !== null)
  })
})

interface Made {
  directory?: string
  /** The book saw slices from here on. */
  fromSlice?: number
  /** A slice that is not there. */
  without?: number
  /** A slice of another configuration. */
  foreign?: number
}

async function scopeOf({ directory, fromSlice = 0, without, foreign }: Made = {}): Promise<{
  scope: CompareScope
  store: HourStore
}> {
  // prettier-ignore
  const view = await SliceView.open({ directory: null, source: 'test', horizonMs: 1_000 * HOUR })
  const store = open(directory ?? null)
  const book = new HourBook(store, [booked])
  const slices = Array.from({ length: SLICES }, (_, at) => at)
    .filter((at) => at !== without)
    .map((at) => (at === foreign ? { ...sliceAt(at), paneConfigDigest: 'sha256:other' } : sliceAt(at)))
  apply(view, slices)
  for (const slice of slices) {
    if (slice.startMs < fromSlice * SLICE) continue
    book.add(slice)
    // A second copy, as another instance may have written it.
    book.add(slice)
  }
  return { scope: { ...booked, view, hours: store, paneLengthMs: SLICE }, store }
}

function open(directory: string | null, source = 'log'): HourStore {
  return new HourStore({ directory, source, horizonMs: 30 * HOUR })
}

function apply(view: SliceView, slices: readonly Slice[]): void {
  const rows = slices.map((slice) => ({ stream: slice.stream, startMs: slice.startMs, endMs: slice.startMs + slice.lengthMs, bytes: encodeSlice(slice) })) // prettier-ignore
  view.apply(0, 1, rows)
}

function compareQuery(field: string, from: number, to: number): CompareQuery {
  return { stream: stream.name, field, a: 'control', b: 'candidate', fromMs: from * SLICE, toMs: to * SLICE }
}

/** Every slice has other values, and other names. */
function sliceAt(at: number): Slice {
  const tallies = createTallies(plans.get(stream.name)!)
  for (const cohort of [CONTROL, CANDIDATE] as const) {
    tallies.cohorts[cohort].accepted.add(at, 100)
    tallies.cohorts[cohort].rates[0]!.add(at, 10 + at)
    tallies.fields[0]!.counts[cohort].nulls.add(at, at % 7)
    for (let value = 0; value < 90; value++)
      tallies.fields[0]!.histograms![cohort].add(Math.sin(at * 91 + value) * (1 + cohort + at))
    for (let name = 0; name < 30; name++)
      tallies.fields[1]!.categories![cohort].add(`c${(at * 7 + name) % 50}`, 1 + cohort)
    tallies.fields[3]!.counts[cohort].trues.add(at, 30 + cohort)
  }
  const streams = [{ name: stream.name, partitions: [], tallies }]
  return {
    stream: stream.name,
    startMs: at * SLICE,
    lengthMs: SLICE,
    number: at + 1,
    paneConfigDigest: DIGEST,
    streams,
  }
}
