import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { sha256 } from '../../src/ledger/digest.ts'
import { SliceView } from '../../src/view/slice-view.ts'
import type { NewSlice, SliceViewOptions } from '../../src/view/slice-view.ts'

const HOUR = 3_600_000
const folders: string[] = []
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

describe('the view of the slices', () => {
  it('gives back what was put in, by stream and time, with the place in the log', async () => {
    const view = await openView({ directory: null })
    assert.equal(view.apply(0, 2, [slice('a', 0), slice('b', 0)]), 'stored')
    assert.equal(view.apply(0, 4, [slice('a', 2), slice('a', 1)]), 'stored')
    assert.equal(view.apply(3, 9, []), 'stored')
    assert.deepEqual(startsOf(view, 'a'), [0, 1, 2])
    assert.deepEqual(startsOf(view, 'a', 1, 2), [1])
    assert.deepEqual(view.bounds('a'), { fromMs: 0, toMs: 3 * HOUR, count: 3 })
    assert.equal(view.bounds('none'), null)
    assert.deepEqual([...view.places()], [[0, 4], [3, 9]]) // prettier-ignore
    const [first] = view.range('b', 0, HOUR)
    assert.deepEqual(Buffer.from(first!.bytes), slice('b', 0).bytes)
    assert.equal(first!.digest, sha256(slice('b', 0).bytes))
  })

  it('keeps the first slice of a stream and start, whatever comes later', async () => {
    const view = await openView({ directory: null })
    view.apply(0, 1, [slice('a', 0)])
    view.apply(0, 2, [{ ...slice('a', 0), bytes: Buffer.from('a zombie') }])
    assert.deepEqual(Buffer.from([...view.range('a', 0, HOUR)][0]!.bytes), slice('a', 0).bytes)
    assert.deepEqual([...view.places()], [[0, 2]])
  })

  it('forgets what lies before the horizon of its stream, and takes nothing that old', async () => {
    const view = await openView({ horizonMs: 3 * HOUR })
    for (let hour = 0; hour < 10; hour++) view.apply(0, hour + 1, [slice('a', hour)])
    view.apply(0, 11, [slice('b', 0), slice('a', 2)])
    assert.deepEqual(startsOf(view, 'a'), [7, 8, 9])
    assert.deepEqual(startsOf(view, 'b'), [0])
    const { home: directory } = view
    view.close()
    const again = await openView({ directory, horizonMs: 3 * HOUR })
    assert.equal(again.found, 'kept')
    assert.deepEqual(startsOf(again, 'a'), [7, 8, 9])
  })

  it('passes by what is forgotten while somebody reads', async () => {
    const view = await openView({ horizonMs: 3 * HOUR })
    for (const hour of [0, 1, 2]) view.apply(0, hour + 1, [slice('a', hour)])
    const reading = view.range('a', 0, 9 * HOUR)
    assert.equal(reading.next().value!.startMs, 0)
    view.apply(0, 4, [slice('a', 4)])
    assert.deepEqual(
      [...reading].map(({ startMs }) => startMs / HOUR),
      [2],
    )
    assert.deepEqual(view.failures, [])
  })

  it('is there again after a restart, and after a kill without closing', async () => {
    const view = await openView()
    view.apply(0, 5, [slice('a', 0), slice('a', 1)])
    const copy = copyOf(view.home)
    view.close()
    for (const directory of [view.home, copy]) {
      const again = await openView({ directory })
      assert.equal(again.found, 'kept')
      assert.deepEqual(startsOf(again, 'a'), [0, 1])
      assert.deepEqual([...again.places()], [[0, 5]])
      again.close()
    }
  })

  it('is built again when it is the view of another log, or of another version', async () => {
    const { directory } = await filled()
    const other = await openView({ directory, source: 'another cluster' })
    assert.equal(other.found, 'outdated')
    assert.equal(other.bounds('a'), null)
    other.close()
    rewrite(directory, 'PRAGMA user_version = 99')
    assert.equal((await openView({ directory, source: 'another cluster' })).found, 'outdated')
  })

  it('leaves a database of somebody else alone, under another name', async () => {
    const directory = folder()
    const theirs = new DatabaseSync(path.join(directory, 'view.sqlite'))
    theirs.exec("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('plum cake')")
    theirs.close()
    const bytes = readFileSync(path.join(directory, 'view.sqlite'))
    const view = await openView({ directory })
    assert.equal(view.found, 'foreign')
    assert.deepEqual(view.failures, ['damaged'])
    assert.equal(view.apply(0, 1, [slice('a', 0)]), 'stored')
    assert.deepEqual(readFileSync(path.join(directory, 'view.sqlite.foreign.1')), bytes)
  })

  it('treats an empty file as none', async () => {
    const directory = folder()
    writeFileSync(path.join(directory, 'view.sqlite'), '')
    assert.equal((await openView({ directory })).found, 'fresh')
  })

  for (const [what, sql] of [
    ['a flipped byte in a slice', "UPDATE slices SET bytes = CAST('x' AS BLOB) WHERE id = 2"],
    ['a slice under another time', 'UPDATE slices SET start_ms = start_ms + 1 WHERE id = 2'],
    ['a slice under another stream', "UPDATE slices SET stream = 'b' WHERE id = 2"],
    ['a missing slice', 'DELETE FROM slices WHERE id = 2'],
    [
      'a slice too many',
      'INSERT INTO slices SELECT 99, stream, start_ms, end_ms, digest, seal, bytes FROM slices LIMIT 1',
    ],
    ['a head that claims to have read more', `UPDATE head SET body = replace(body, '[[0,3]]', '[[0,9]]')`],
    ['no head', 'DELETE FROM head'],
    ['another table', 'CREATE TABLE more (x)'],
    ['a time beyond all numbers', 'UPDATE slices SET start_ms = 9223372036854775807 WHERE id = 1'],
  ] as const) {
    it(`notices ${what}, and starts again`, async () => {
      const { directory } = await filled()
      rewrite(directory, sql)
      const view = await openView({ directory })
      assert.equal(view.found, 'damaged')
      assert.deepEqual(view.failures, ['damaged'])
      assert.deepEqual([view.bounds('a'), [...view.places()]], [null, []])
      assert.equal(view.apply(0, 1, [slice('a', 0)]), 'stored')
    })
  }

  it('never believes a damaged file: 1,000 files with flipped, torn and zeroed bytes', async (t) => {
    const { directory, expected } = await filled(40)
    const names = ['view.sqlite', 'view.sqlite-wal']
    const whole = new Map(names.map((name) => [name, readFileSync(path.join(directory, name))]))
    const seed = Date.now() % 1_000_000
    t.diagnostic(`seed ${seed}`)
    let rebuilt = 0
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), mutation(), async (name, mutate) => {
        const damaged = folder()
        for (const [each, bytes] of whole)
          writeFileSync(path.join(damaged, each), each === name ? mutate(bytes) : bytes)
        const view = await openView({ directory: damaged })
        const contents = contentsOf(view)
        // A flip in unused space, or in commits that never became whole, leaves a state that was true once.
        if (view.found === 'kept') assert.ok(expected.includes(contents), 'a state that never was')
        else assert.equal(contents, EMPTY)
        if (view.found !== 'kept') rebuilt++
        assert.equal(view.apply(7, 1, [slice('z', 0)]), 'stored')
        view.close()
        rmSync(damaged, { recursive: true })
      }),
      { seed, numRuns: 1000 },
    )
    t.diagnostic(`${rebuilt} of 1,000 were built again`)
    assert.ok(rebuilt > 200)
  })

  it('holds slices while the disk is full, answers from them, and writes them when there is room', async () => {
    const view = await openView({ heldBytesMax: 50_000 })
    view.apply(0, 1, [slice('a', 0)])
    const giveRoom = fillDisk(view)
    assert.equal(view.apply(0, 2, [big('a', 1)]), 'held')
    assert.equal(view.apply(0, 3, [big('a', 2)]), 'held')
    assert.ok(view.failures.length >= 2 && view.failures.every((reason) => reason === 'full'))
    assert.deepEqual(startsOf(view, 'a'), [0, 1, 2])
    assert.deepEqual([...view.places()], [[0, 3]])
    giveRoom()
    assert.equal(view.apply(0, 4, []), 'stored')
    const copy = await openView({ directory: copyOf(view.home) })
    assert.deepEqual(startsOf(copy, 'a'), [0, 1, 2])
    assert.deepEqual([...copy.places()], [[0, 4]])
  })

  it('refuses when too much is held, and says where to read on when there is room again', async () => {
    const view = await openView({ heldBytesMax: 50_000 })
    const giveRoom = fillDisk(view)
    assert.equal(view.apply(0, 1, [big('a', 0)]), 'held')
    assert.equal(view.apply(0, 2, [big('a', 1)]), 'held')
    assert.equal(view.apply(0, 3, [big('a', 2)]), 'refused')
    assert.equal(view.isBehind, true)
    assert.equal(view.resume(), null)
    giveRoom()
    // Until the caller has gone back, nothing may be taken: there would be a gap.
    assert.equal(view.apply(0, 4, [big('a', 3)]), 'refused')
    assert.deepEqual([...view.resume()!], [[0, 2]])
    view.apply(0, 3, [big('a', 2)])
    view.apply(0, 4, [big('a', 3)])
    assert.deepEqual(startsOf(view, 'a'), [0, 1, 2, 3])
  })

  it('starts again when the file is damaged while it is open', async () => {
    const view = await openView()
    view.apply(0, 3, [slice('a', 0), slice('a', 1)])
    databaseOf(view).exec('UPDATE slices SET bytes = zeroblob(4) WHERE id = 1')
    assert.throws(() => [...view.range('a', 0, 9 * HOUR)], { code: 'EVENKEEL_STATE_IO' })
    assert.deepEqual(view.failures, ['damaged'])
    assert.equal(view.apply(0, 4, [slice('a', 2)]), 'refused')
    assert.deepEqual([...view.resume()!], [])
    assert.equal(view.apply(0, 4, [slice('a', 0), slice('a', 1), slice('a', 2)]), 'stored')
    assert.deepEqual(startsOf(view, 'a'), [0, 1, 2])
  })

  it('tells a second service on the same directory that it is taken', async () => {
    const view = await openView()
    view.apply(0, 1, [slice('a', 0)])
    await assert.rejects(openView({ directory: view.home }), /EVENKEEL_STATE_IO.*another process uses it/)
    assert.equal(view.apply(0, 2, [slice('a', 1)]), 'stored')
  })

  it('says which directory cannot be used', async () => {
    const file = path.join(folder(), 'a-file')
    writeFileSync(file, '')
    await assert.rejects(openView({ directory: path.join(file, 'state') }), /EVENKEEL_STATE_IO.*a-file/)
  })
})

type TestView = SliceView & { home: string; failures: string[] }

async function openView(options: Partial<SliceViewOptions> = {}): Promise<TestView> {
  const directory = options.directory === undefined ? folder() : options.directory
  const failures: string[] = []
  const onFailure = (reason: string): number => failures.push(reason)
  const view = await SliceView.open({ source: 'test/slices', horizonMs: 1000 * HOUR, onFailure, ...options, directory })
  return Object.assign(view, { home: directory ?? '', failures })
}

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'evenkeel-view-'))
  folders.push(made)
  return made
}

function slice(stream: string, hour: number): NewSlice {
  const bytes = Buffer.from(`${stream} at ${hour}: `.repeat(60))
  return { stream, startMs: hour * HOUR, endMs: (hour + 1) * HOUR, bytes }
}

function big(stream: string, hour: number): NewSlice {
  return { ...slice(stream, hour), bytes: Buffer.alloc(20_000, hour + 1) }
}

function startsOf(view: SliceView, stream: string, fromHour = 0, toHour = 1000): number[] {
  return [...view.range(stream, fromHour * HOUR, toHour * HOUR)].map(({ startMs }) => startMs / HOUR)
}

/** A closed view of `count` slices that was killed before its journal went into the file, with every state it went through. */
async function filled(count = 3): Promise<{ directory: string; expected: string[] }> {
  const view = await openView()
  const expected = [contentsOf(view)]
  for (let hour = 0; hour < count; hour++) {
    // Half of it goes into the file, the other half stays in the journal.
    if (hour === count / 2) databaseOf(view).exec('PRAGMA wal_checkpoint(TRUNCATE)')
    view.apply(0, hour + 1, [slice('a', hour)])
    expected.push(contentsOf(view))
  }
  const directory = copyOf(view.home)
  view.close()
  return { directory, expected }
}

const EMPTY = JSON.stringify([[], []])

function contentsOf(view: SliceView): string {
  const rows = view.streams().flatMap((stream) => [...view.range(stream, 0, 1000 * HOUR)])
  const shown = rows.map(({ stream, startMs, endMs, digest, bytes }) => [stream, startMs, endMs, digest, sha256(bytes)])
  return JSON.stringify([shown, [...view.places()]])
}

function copyOf(directory: string): string {
  const copy = folder()
  for (const name of ['view.sqlite', 'view.sqlite-wal']) {
    const file = path.join(directory, name)
    if (existsSync(file)) writeFileSync(path.join(copy, name), readFileSync(file))
  }
  return copy
}

function rewrite(directory: string, sql: string): void {
  const database = new DatabaseSync(path.join(directory, 'view.sqlite'))
  database.exec(sql)
  database.close()
}

function databaseOf(view: SliceView): DatabaseSync {
  return (view as unknown as { database: DatabaseSync }).database
}

/** No file may grow any more: SQLite then says the same as on a full disk. */
function fillDisk(view: SliceView): () => void {
  const database = databaseOf(view)
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number }
  database.exec(`PRAGMA max_page_count = ${pages}`)
  return () => database.exec('PRAGMA max_page_count = 1000000')
}

function mutation(): fc.Arbitrary<(bytes: Buffer) => Buffer> {
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const at = (bytes: Buffer, share: number): number => Math.floor(share * bytes.length)
  return fc.oneof(
    fc.tuple(place, fc.nat(7)).map(([share, bit]) => (bytes: Buffer) => {
      const flipped = Buffer.from(bytes)
      flipped[at(bytes, share)]! ^= 1 << bit
      return flipped
    }),
    place.map((share) => (bytes: Buffer) => Buffer.from(bytes.subarray(0, at(bytes, share)))),
    fc.tuple(place, fc.integer({ min: 1, max: 4096 })).map(([share, length]) => (bytes: Buffer) => {
      const zeroed = Buffer.from(bytes)
      return zeroed.fill(0, at(bytes, share), Math.min(bytes.length, at(bytes, share) + length))
    }),
    fc.tuple(place, place).map(([from, to]) => (bytes: Buffer) => {
      const moved = Buffer.from(bytes)
      bytes.copy(moved, at(bytes, to), at(bytes, from), at(bytes, from) + 512)
      return moved
    }),
  )
}
