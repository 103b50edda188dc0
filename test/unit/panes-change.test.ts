import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changesOf } from '../../src/commands/panes/change.ts'
import type { Said } from '../../src/commands/panes/change.ts'
import { withdrawalsOf } from '../../src/commands/panes/withdraw.ts'
import { rolesOf } from '../../src/config/era-config.ts'
import { readConfig } from '../../src/config/load.ts'
import { paneConfigDigest, paneConfigOf } from '../../src/config/pane-config.ts'
import type { Config } from '../../src/config/shape.ts'
import { streamGroups } from '../../src/config/stream-groups.ts'
import { EraBook } from '../../src/ledger/era-book.ts'
import type { PanesConfigured } from '../../src/ledger/record.ts'
import type { LastPane } from '../../src/commands/panes/standing.ts'
import type { Progress } from '../../src/slice/progress.ts'
import { progressOf } from '../support/panes-topic.ts'
import { shopConfig } from '../support/traffic.ts'

const NOON_MS = Date.parse('2026-03-02T12:00:00Z')
const at = (minutes: number): number => NOON_MS + minutes * 60_000

/** Panes of 5 minutes, and 2 of lateness. */
function configOf(stream: Record<string, unknown> = {}, panes: Record<string, unknown> = {}): Config {
  const text = JSON.stringify(shopConfig(stream, { panes: { lateness: '2m', ...panes } }))
  return readConfig(text, 'test.yaml', {})
}

const OLD = configOf()
const price = { name: 'price', kind: 'categorical' }
const NEW = configOf({ fields: [price] })

function firstEra(config: Config): PanesConfigured {
  const [group] = streamGroups(config)
  const shape = { paneConfig: paneConfigOf(group!, config), paneConfigDigest: paneConfigDigest(group!, config) }
  return { type: 'panes-configured', stream: 'shop', fromMs: null, ...shape, roles: rolesOf(group!.streams), by: 'a', reason: 'b', atMs: 0 } // prettier-ignore
}

function bookOf(...bodies: PanesConfigured[]): EraBook {
  const eras = new EraBook()
  for (const body of bodies) assert.ok(eras.take(body))
  return eras
}

/** Two partitions, the one closed through noon, the other five minutes behind. */
const TOLD: Progress[] = [0, -5].map((through, partition) =>
  progressOf({ stream: 'shop', partition, partitions: 2, closedThroughMs: at(through) }),
)

const said = (minutes: number): Said => ({ fromMs: at(minutes), by: 'Ann', reason: 'why', atMs: 7 })

function refusal(
  config: Config,
  minutes: number,
  eras = bookOf(firstEra(OLD)),
  progress = TOLD,
  panes: LastPane[] = [],
): string {
  try {
    changesOf(config, said(minutes), { eras, progress, panes })
    return 'none'
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'EVENKEEL_USAGE')
    return (error as Error).message.replace('EVENKEEL_USAGE: ', '')
  }
}

describe('a change of panes', () => {
  it('is one record, with who, why and from when on, and names what differs', () => {
    const [change, ...more] = changesOf(NEW, said(15), { eras: bookOf(firstEra(OLD)), progress: TOLD, panes: [] })
    assert.deepEqual(more, [])
    const { body, differences } = change!
    assert.deepEqual(body, { ...firstEra(NEW), fromMs: at(15), by: 'Ann', reason: 'why', atMs: 7 })
    assert.ok(differences.includes('streams.shop.fields.price.kind: numeric → categorical'))
    assert.equal(bookOf(firstEra(OLD)).take(body), true)
  })

  it('is so far ahead that nobody can have closed it, and says from when on it may be', () => {
    assert.equal(refusal(NEW, 10), 'stream "shop": 2026-03-02T12:10:00Z is too near: panes are closed through 2026-03-02T12:00:00Z; the first that may be is 2026-03-02T12:15:00Z') // prettier-ignore
    assert.equal(refusal(NEW, 15), 'none')
  })

  it('also of an observer that was killed before it said so: by the last pane it published', () => {
    const panes = [10, 5].map((minutes, partition) => ({ stream: 'shop', partition, startMs: at(minutes) }))
    assert.match(refusal(NEW, 25, undefined, TOLD, panes), /closed through 2026-03-02T12:15:00Z; the first that may be is 2026-03-02T12:30:00Z/) // prettier-ignore
    assert.equal(refusal(NEW, 30, undefined, TOLD, panes), 'none')
  })

  it('begins where panes of both lengths do', () => {
    const longer = configOf({}, { length: '15m' })
    assert.match(refusal(longer, 50), /does not begin where a pane does, of both lengths/)
    assert.match(refusal(longer, 30), /too near: .* the first that may be is 2026-03-02T12:45:00Z/)
    assert.equal(refusal(longer, 45), 'none')
  })

  it('leaves topic, format, event time and the set of streams as they are', () => {
    for (const stream of [{ topic: 'other' }, { eventTime: { field: 'ts', unit: 's' } }])
      assert.match(refusal(configOf(stream), 60), /cannot change: begin a stream of another name/)
  })

  it('comes alone: not while another is open, nor where nothing changes, nor before there is anything to change', () => {
    const open = bookOf(firstEra(OLD), { ...firstEra(NEW), fromMs: at(60) })
    assert.match(refusal(OLD, 120, open), /announced before it has not happened yet/)
    assert.match(refusal(OLD, 120), /nothing changes/)
    assert.match(refusal(NEW, 120, new EraBook()), /no stream of this file is watched yet/)
    assert.match(refusal(NEW, 120, undefined, []), /no instance has said how far it is/)
  })
})

describe('a change of panes that is withdrawn', () => {
  const words = { by: 'Ann', reason: 'why', atMs: 7 }
  const announced = { ...firstEra(NEW), fromMs: at(60) }
  const open = (): EraBook => bookOf(firstEra(OLD), announced)
  const told = (...minutes: number[]): Progress[] =>
    minutes.map((through, partition) => progressOf({ stream: 'shop', partition, partitions: 2, closedThroughMs: at(through) })) // prettier-ignore

  it('is what was announced last, whichever file is given, as long as nobody is through the era before', () => {
    for (const config of [OLD, NEW]) {
      const bodies = withdrawalsOf(config, words, { eras: open(), progress: told(55, 0) })
      const { stream, fromMs, paneConfigDigest } = announced
      assert.deepEqual(bodies, [{ type: 'panes-withdrawn', stream, fromMs, paneConfigDigest, ...words }])
      const eras = open()
      assert.ok(eras.take(bodies[0]!))
      assert.equal(eras.of('shop').length, 1)
    }
  })

  it('is refused when a partition is through the era before, and says which', () => {
    assert.throws(
      () => withdrawalsOf(OLD, words, { eras: open(), progress: told(60, 0) }),
      /stream "shop": too late: 1 of 2 partitions are closed through 2026-03-02T13:00:00Z \(shop\[0\]\), and the change happens/,
    )
  })

  it('is refused where none is announced, or the last one has begun', () => {
    const begun = open()
    for (const [fromMs, config] of [
      [at(0), OLD],
      [at(60), NEW],
    ] as const) {
      const [group] = streamGroups(config)
      begun.take({ type: 'watch-started', stream: 'shop', fromMs, lengthMs: 300_000, paneConfigDigest: paneConfigDigest(group!, config) }) // prettier-ignore
    }
    for (const eras of [bookOf(firstEra(OLD)), begun, new EraBook()])
      assert.throws(() => withdrawalsOf(NEW, words, { eras, progress: told(0) }), /no change is announced that has not happened/) // prettier-ignore
  })
})
