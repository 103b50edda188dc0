import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sha256 } from '../../src/ledger/digest.ts'
import type { CellsFrozen, WatchStarted } from '../../src/ledger/record.ts'
import { encodePane } from '../../src/pane/codec.ts'
import type { Pane } from '../../src/pane/pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import { createTallies } from '../../src/pane/tallies.ts'
import { CategoryTable } from '../../src/sketch/category-table.ts'
import { CellTable } from '../../src/sketch/cell-table.ts'
import { encodeSlice, openSlice } from '../../src/slice/codec.ts'
import type { Progress } from '../../src/slice/progress.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { count, paneOf, PLAN } from '../support/events.ts'
import type { Fact } from '../support/events.ts'
import { GROUP, LENGTH_MS, Outside, progressOf } from '../support/panes-topic.ts'
import type { PanesRecord } from '../support/panes-topic.ts'
import { PANES, streamConfig, streamsOf } from '../support/streams.ts'

const MINUTE_MS = 60_000
/** Noon, on the grid of slices. */
const NOON_MS = 1_700_049_600_000 - (1_700_049_600_000 % LENGTH_MS)
const at = (minutes: number): number => NOON_MS + minutes * MINUTE_MS

const fact: Fact = {
  what: 'accepted',
  cohort: 0,
  unit: 1,
  price: 5,
  country: 'de',
  plan: 'pro',
  member: true,
  shape: 0,
}

function pane(partition: number, minutes: number, facts: readonly Fact[] = [fact]): Pane {
  return paneOf(count(facts), { partition, startMs: at(minutes) })
}

/** Progress of one of `partitions` partitions at `now`: closed through `through` (both in minutes after noon). */
function says(partition: number, through: number | null, now: number, more: Partial<Progress> = {}): Progress {
  const closedThroughMs = through === null ? null : at(through)
  return progressOf({ partition, partitions: 2, closedThroughMs, nowMs: at(now), ...more })
}

const silentSince = (minutes: number): Partial<Progress> => ({ silentSinceMs: at(minutes) })

/** Each slice as `minutes: entry entry …`, an entry being pane, empty or incomplete, with * for idle. */
function storyOf(outside: Outside): string[] {
  return outside.slices.map((bytes) => {
    const { slice } = openSlice(bytes)
    const entries = slice.streams.map(({ partitions }) =>
      partitions
        .map((entry) => `${entry.pane.startsWith('sha256:') ? 'pane' : entry.pane}${entry.idle ? '*' : ''}`)
        .join(' '),
    )
    return `${(slice.startMs - NOON_MS) / MINUTE_MS}: ${entries.join(' | ')}`
  })
}

const told = (...topic: PanesRecord[]): Outside => new Outside().read(topic)

describe('a slice', () => {
  it('waits until every partition is closed through it', () => {
    const outside = told(says(0, null, 1), says(1, null, 1), pane(0, 0), pane(0, 5))
    assert.deepEqual(storyOf(outside), [])
    assert.deepEqual(storyOf(told(says(0, null, 1), pane(0, 0), pane(0, 5), pane(1, 0))), ['0: pane pane'])
    assert.deepEqual(storyOf(told(says(0, null, 1), pane(0, 0), pane(0, 5), says(1, 10, 11))), [
      '0: pane empty',
      '5: pane empty',
    ])
  })

  it('waits for partitions that nobody has told of yet', () => {
    assert.deepEqual(storyOf(told(pane(0, 0), pane(0, 5), pane(1, 0))), [])
    assert.deepEqual(storyOf(told(pane(0, 0), pane(1, 0), says(0, 5, 6, { partitions: 3 }))), [])
  })

  it('starts the watch at the earliest pane of any partition', () => {
    const outside = told(says(0, null, 1), pane(0, 10), pane(0, 15), pane(1, 0), pane(1, 5), pane(1, 10))
    assert.deepEqual(storyOf(outside), ['0: empty pane', '5: empty pane', '10: pane pane'])
    assert.deepEqual(outside.ledger, [
      {
        type: 'watch-started',
        stream: PLAN.stream,
        fromMs: NOON_MS,
        lengthMs: LENGTH_MS,
        paneConfigDigest: GROUP.paneConfigDigest,
      },
    ])
  })

  it('is numbered from 1, and those without a pane are made and numbered too, thousands of them', () => {
    const outside = told(says(0, null, 1), pane(0, 0), pane(1, 0), pane(0, 5 * 3000), pane(1, 5 * 3000))
    assert.equal(outside.slices.length, 3001)
    const last = openSlice(outside.slices.at(-1)!).slice
    assert.deepEqual([last.number, last.startMs], [3001, at(5 * 3000)])
    assert.equal(storyOf(outside)[1500], '7500: empty empty')
  })

  it('says where records were lost', () => {
    const outside = told(says(0, 0, 1), { ...pane(0, 0), lost: 7 }, pane(1, 0))
    assert.deepEqual(
      openSlice(outside.slices[0]!).slice.streams[0]!.partitions.map(({ lost }) => lost),
      [7, 0],
    )
  })
})

describe('a partition that is added', () => {
  const grown = (partition: number, through: number | null, now: number): Progress =>
    says(partition, through, now, { partitions: 3 })
  const before: PanesRecord[] = [says(0, null, 1), says(1, null, 1), pane(0, 0), pane(1, 0)]

  it('is waited for from when it is heard of, and listed from its first pane on', () => {
    const topic = [...before, grown(0, 5, 6), pane(0, 5), pane(1, 5)]
    assert.deepEqual(storyOf(told(...topic)), ['0: pane pane'])
    const later: PanesRecord[] = [...topic, grown(2, 10, 11), pane(0, 10), pane(1, 10), pane(2, 10), grown(2, 20, 21), pane(0, 15), pane(1, 15)] // prettier-ignore
    assert.deepEqual(storyOf(told(...later)), ['0: pane pane', '5: pane pane', '10: pane pane pane', '15: pane pane empty']) // prettier-ignore
  })

  it('is listed where a slice closed because it was silent', () => {
    const silent = says(2, null, 16, { partitions: 3, ...silentSince(-60) })
    const story = storyOf(told(...before, silent, pane(0, 5), pane(1, 5)))
    assert.deepEqual(story, ['0: pane pane', '5: pane pane empty*'])
  })
})

describe('silence', () => {
  it('of a partition that never held anything blocks nobody: 12 partitions, one empty for ever', () => {
    const topic: PanesRecord[] = []
    for (let slot = 0; slot < 4; slot++) {
      for (let partition = 0; partition < 11; partition++) topic.push(pane(partition, slot * 5))
      topic.push(says(11, null, 6 + slot * 5, { partitions: 12, ...silentSince(-60) }))
    }
    const story = storyOf(told(...topic))
    assert.deepEqual(
      story,
      [0, 5, 10, 15].map((start) => `${start}: ${'pane '.repeat(11)}empty*`),
    )
  })

  it('counts only after `idle`, and only when the partition is caught up', () => {
    assert.deepEqual(storyOf(told(pane(0, 0), says(1, null, 9, silentSince(0)))), [])
    assert.deepEqual(storyOf(told(pane(0, 0), says(1, null, 30, { ...silentSince(0), caughtUp: false }))), [])
    assert.deepEqual(storyOf(told(pane(0, 0), says(1, null, 10, silentSince(0)))), ['0: pane empty*'])
  })

  it('ends with the first progress record that says so', () => {
    const silent = [pane(0, 0), says(1, null, 12, silentSince(0))]
    assert.deepEqual(storyOf(told(...silent, says(1, null, 13), pane(0, 5))), ['0: pane empty*'])
    assert.deepEqual(storyOf(told(...silent, pane(0, 5))), ['0: pane empty*', '5: pane empty*'])
  })

  it('of a whole live stream gives empty slices at the pace of the clock, `idle` behind it', () => {
    const topic: PanesRecord[] = [
      { ...pane(0, 0), idle: true },
      { ...pane(1, 0), idle: true },
    ]
    const outside = told(...topic, says(0, 5, 14, silentSince(4)), says(1, 5, 14, silentSince(4)))
    assert.deepEqual(storyOf(outside), ['0: pane* pane*'])
    outside.read([
      ...topic,
      says(0, 5, 14),
      says(1, 5, 14),
      says(0, 5, 19, silentSince(4)),
      says(1, 5, 19, silentSince(4)),
    ])
    assert.deepEqual(storyOf(outside), ['0: pane* pane*', '5: empty* empty*'])
  })

  it('of old data, read from the beginning, gives none: its time ended long ago', () => {
    const silent = (now: number): Progress[] => [0, 1].map((partition) => says(partition, 5, now, silentSince(10_000)))
    assert.deepEqual(storyOf(told(pane(0, 0), pane(1, 0), ...silent(10_020), ...silent(20_000))), ['0: pane pane'])
  })

  it('stands only while somebody says it: a partition that nobody reads any more is no silent one', () => {
    const topic: PanesRecord[] = [pane(0, 0), says(1, null, 12, silentSince(0))]
    for (let now = 13; now <= 75; now++) topic.push(says(0, 5, now))
    topic.push(pane(0, 5))
    assert.deepEqual(storyOf(told(...topic)), ['0: pane empty*'])
  })
})

describe('a partition that lags', () => {
  /** Partition 0 reports each minute and closes a pane each five; partition 1 has stopped. */
  function lagging(minutes: number, more: Partial<Progress> = {}): PanesRecord[] {
    const topic: PanesRecord[] = [says(1, 0, 0), pane(0, 0), pane(1, 0)]
    for (let now = 6; now <= minutes; now++) {
      if (now % 5 === 1) topic.push(pane(0, now - 6 === 0 ? 5 : now - 1))
      topic.push(says(0, null, now, more))
    }
    return topic
  }

  it('is waited for, for `completeWithin`, then the slice is published without it, and says so', () => {
    assert.deepEqual(storyOf(told(...lagging(65))), ['0: pane pane'])
    assert.deepEqual(storyOf(told(...lagging(66))), ['0: pane pane', '5: pane incomplete'])
  })

  it('makes slices late, but not ever later: each has its own hour', () => {
    assert.deepEqual(storyOf(told(...lagging(76))), [
      '0: pane pane',
      '5: pane incomplete',
      '10: pane incomplete',
      '15: pane incomplete',
    ])
  })

  it('comes too late for a slice that is decided: counted, never used', () => {
    const outside = told(...lagging(66), pane(1, 5), pane(1, 10))
    assert.deepEqual(storyOf(outside), ['0: pane pane', '5: pane incomplete', '10: pane pane'])
    assert.equal(outside.assembler.counted.latePanes, 1)
  })

  it('is not given up because a clock is wrong by hours', () => {
    const topic = lagging(20)
    topic.splice(9, 0, says(1, 5, 600, { reporter: 'two' }))
    assert.deepEqual(storyOf(told(...topic, says(1, 5, 601, { reporter: 'two' }))), ['0: pane pane'])
  })

  it('is not given up because nobody reported through the night: a gap counts as a minute', () => {
    assert.deepEqual(storyOf(told(...lagging(20), says(0, 5, 900), says(1, 5, 900))), ['0: pane pane'])
  })
})

describe('what comes twice', () => {
  it('is a duplicate when it is the same, before and after its slice', () => {
    const outside = told(says(0, 0, 1), pane(0, 0), pane(0, 0), pane(1, 0), pane(0, 0))
    assert.equal(outside.assembler.counted.duplicatePanes, 2)
    assert.deepEqual(storyOf(outside), ['0: pane pane'])
  })

  it('is a conflict when it differs, before and after its slice, and the first stands', () => {
    const other = pane(0, 0, [fact, fact])
    const outside = told(says(0, 0, 1), pane(0, 0), other, pane(1, 0), other)
    assert.deepEqual(outside.assembler.counted, { duplicatePanes: 0, conflictingPanes: 2, latePanes: 0, foreign: 0 })
    assert.equal(openSlice(outside.slices[0]!).slice.streams[0]!.partitions[0]!.pane, sha256(encodePane(pane(0, 0))))
  })
})

describe('what is not ours', () => {
  const strangers: [string, PanesRecord][] = [
    ['a pane of another configuration', { ...pane(0, 0), paneConfigDigest: 'sha256:other' }],
    ['a pane of another length', { ...pane(0, 0), lengthMs: 60_000 }],
    ['a pane that begins off the grid', { ...pane(0, 0), startMs: NOON_MS + 1 }],
    ['a pane with other fields', paneOf(createTallies({ ...PLAN, fields: [] }), { startMs: NOON_MS })],
    ['a pane of another stream', { ...pane(0, 0), stream: 'clicks' }],
    ['progress of another configuration', says(0, 100, 1, { paneConfigDigest: 'sha256:other' })],
    ['progress of another stream', says(0, 100, 1, { stream: 'clicks' })],
  ]
  for (const [title, stranger] of strangers) {
    it(`is counted and passed over: ${title}`, () => {
      const outside = told(stranger, says(0, 0, 1), pane(0, 0), stranger, pane(1, 0))
      assert.deepEqual(storyOf(outside), ['0: pane pane'])
      assert.equal(outside.assembler.counted.foreign, 2)
    })
  }
})

describe('the logs', () => {
  const begun = (): Outside => {
    const outside = new Outside()
    for (const [offset, record] of [pane(0, 0), pane(1, 0), pane(0, 5), pane(1, 5)].entries()) {
      outside.assembler.addPane(record, sha256(encodePane(record)), offset)
    }
    outside.assembler.addProgress(says(0, 5, 6), 4)
    return outside
  }

  it('come first: the watch must stand in the ledger before the first slice, and is asked for until it does', () => {
    const { assembler } = begun()
    const step = assembler.next()
    assert.ok(step.kind === 'ledger' && step.body.type === 'watch-started')
    assert.deepEqual(assembler.next(), step)
    assembler.addLedger(step.body)
    assert.equal(assembler.next().kind, 'slice')
  })

  it('give the same bytes when a slice is asked for again before it was read back', () => {
    const { assembler } = begun()
    assembler.addLedger((assembler.next() as { body: WatchStarted }).body)
    const step = assembler.next()
    assembler.addPane(pane(0, 10), 'sha256:x', 5)
    assert.equal(assembler.next(), step)
  })

  it('decide: a slice that another wrote is the slice, and panes it does not hold came late', () => {
    const { assembler } = begun()
    assembler.addLedger((assembler.next() as { body: WatchStarted }).body)
    const step = assembler.next()
    assert.ok(step.kind === 'slice')
    const slice: Slice = structuredClone({ ...step.sealed.slice, streams: [] })
    const [stream] = step.sealed.slice.streams
    const partitions = stream!.partitions.map((entry) => ({
      ...entry,
      pane: entry.partition === 0 ? 'incomplete' : entry.pane,
    }))
    const theirs = openSlice(encodeSlice({ ...slice, streams: [{ ...stream!, partitions }] }))
    assert.equal(assembler.addSlice(theirs), 'kept')
    assert.equal(assembler.counted.latePanes, 1)
    assert.equal(assembler.addSlice(step.sealed), 'duplicate')
    const next = assembler.next()
    assert.ok(next.kind === 'slice' && next.sealed.slice.number === 2)
  })

  it('hold a watch of another configuration of panes: then we do not start', () => {
    const watch: WatchStarted = {
      type: 'watch-started',
      stream: PLAN.stream,
      fromMs: NOON_MS,
      lengthMs: LENGTH_MS,
      paneConfigDigest: 'sha256:other',
    }
    assert.throws(() => new Outside().assembler.addLedger(watch), { code: 'EVENKEEL_PANE_CONFIG_CHANGED' })
    new Outside().assembler.addLedger({ ...watch, stream: 'another' })
  })

  it('hold only part of the slices after retention: the fold goes on from there', () => {
    const whole = told(says(0, 0, 1), pane(0, 0), pane(1, 0), pane(0, 10), pane(1, 10))
    const { assembler } = new Outside()
    assembler.addLedger(whole.ledger[0]!)
    assert.equal(assembler.addSlice(openSlice(whole.slices[2]!)), 'kept')
    assert.equal(assembler.nextNumber, 4)
    assert.equal(assembler.addSlice(openSlice(whole.slices[1]!)), 'duplicate')
  })

  it('are read anew when the partition of the panes topic comes back: what silence was known is void', () => {
    const outside = told(pane(0, 0), says(1, null, 12, silentSince(0)))
    outside.assembler.forgetPanes()
    const [again, next] = [pane(0, 0), pane(0, 5)]
    assert.equal(outside.assembler.addPane(again, sha256(encodePane(again)), 0), 'duplicate')
    outside.assembler.addPane(next, sha256(encodePane(next)), 2)
    outside.advance()
    assert.deepEqual(storyOf(outside), ['0: pane empty*'])
  })
})

describe('the offset that may be committed', () => {
  it('is that of the first chunk of any pane that waits, although others were complete before it', () => {
    const { assembler } = new Outside()
    assembler.addPane(pane(0, 0), 'sha256:a', 12)
    assembler.addPane(pane(1, 0), 'sha256:b', 10)
    assembler.addProgress(says(1, 5, 6), 15)
    assembler.addProgress(says(0, 5, 6), 16)
    assert.equal(assembler.neededPanesOffset(), 10)
  })

  it('is any when nothing was said', () => {
    assert.equal(new Outside().assembler.neededPanesOffset(), null)
  })
})

describe('the end of input', () => {
  it('closes every partition, also one without any record, and makes no slice after the last pane', () => {
    const outside = new Outside()
    outside.assembler.setPartitions(PLAN.stream, 3)
    for (const [offset, record] of [pane(0, 0), pane(1, 5), pane(0, 10)].entries()) {
      outside.assembler.addPane(record, sha256(encodePane(record)), offset)
    }
    outside.advance()
    assert.deepEqual(storyOf(outside), [])
    outside.assembler.finish()
    outside.advance()
    assert.deepEqual(storyOf(outside), ['0: pane empty empty', '5: empty pane empty', '10: pane empty empty'])
  })

  it('of nothing is nothing', () => {
    const outside = new Outside()
    outside.assembler.finish()
    outside.advance()
    assert.deepEqual([outside.slices, outside.ledger], [[], []])
  })
})

describe('cells', () => {
  const many = (values: number, names: number): Fact[] =>
    Array.from({ length: values }, (_, at) => ({
      ...fact,
      cohort: at % 2 === 0 ? 0 : 1,
      unit: at,
      price: at % 500,
      country: `c${at % names}`,
    }))

  it('are frozen in the ledger before the next slice, which carries them; a crowd of new names stays in hash bins', () => {
    const topic: PanesRecord[] = [says(0, 0, 0, { partitions: 1 })]
    for (const [slot, names] of [5, 5, 5, 5, 70, 5].entries()) topic.push(pane(0, slot * 5, many(700, names)))
    const outside = told(...topic)
    const records = outside.ledger.slice(1) as CellsFrozen[]
    assert.deepEqual(
      records.map(({ field, cut, afterNumber, fromNumber, cells }) => [
        field,
        cut,
        afterNumber,
        fromNumber,
        cells.kind,
      ]),
      [
        ['price', 1, 3, 1, 'numeric'],
        ['country', 1, 3, 1, 'names'],
        ['plan', 1, 3, 1, 'names'],
        ['country', 2, 5, 5, 'hashed'],
      ],
    )
    const tables = outside.slices.map((bytes) =>
      openSlice(bytes).slice.streams[0]!.tallies.fields.map(({ table }) => table),
    )
    const kinds = tables.map(([price, country]) => {
      const hashed = country instanceof CategoryTable && country.hashed
      return [
        price instanceof CellTable,
        country instanceof CellTable ? `cut ${country.cut}` : hashed ? 'hashed' : 'names',
      ]
    })
    assert.deepEqual(kinds, [
      [false, 'names'],
      [false, 'names'],
      [false, 'names'],
      [true, 'cut 1'],
      [true, 'hashed'],
      [true, 'cut 2'],
    ])
    // A restart from the logs alone asks for nothing again, and gives the next slice with the same cells.
    const restarted = new Outside(outside)
    assert.deepEqual(restarted.assembler.next(), { kind: 'wait' })
  })
})

describe('a group of streams', () => {
  const clicks = streamConfig({ name: 'clicks', topic: 'shop.clicks', engagement: [] })
  const views = streamConfig({
    engagement: [{ name: 'ctr', kind: 'ratio', numerator: { stream: 'clicks', sum: null }, per: 'impressions' }],
  })
  const group = {
    ...GROUP,
    panes: PANES,
    streams: [views, clicks].map((stream) => planStream(stream, streamsOf(views, clicks))),
  }
  const of = (record: PanesRecord, stream: string): PanesRecord =>
    'tallies' in record
      ? { ...record, stream, tallies: createTallies(group.streams.find((plan) => plan.stream === stream)!) }
      : { ...record, stream }

  it('is one slice, and needs every stream complete', () => {
    const topic = [says(0, 0, 1, { partitions: 1 }), pane(0, 0), pane(0, 5)].map((record) => of(record, 'impressions'))
    const outside = new Outside(undefined, group).read(topic)
    assert.deepEqual(storyOf(outside), [])
    topic.push(of(says(0, 5, 6), 'clicks'), of(pane(1, 0), 'clicks'))
    assert.deepEqual(storyOf(outside.read(topic)), ['0: pane | empty pane'])
    assert.equal(openSlice(outside.slices[0]!).slice.stream, 'impressions')
  })
})
