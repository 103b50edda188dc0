import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../src/config/load.ts'
import { paneConfigOf } from '../../src/config/pane-config.ts'
import type { PaneConfig } from '../../src/config/shape.ts'
import { streamGroups } from '../../src/config/stream-groups.ts'
import { LedgerChain, sealRecord } from '../../src/ledger/chain.ts'
import { digestOf } from '../../src/ledger/digest.ts'
import { EraBook } from '../../src/ledger/era-book.ts'
import type { CellsFrozen, LedgerBody, PanesConfigured, PanesWithdrawn, WatchStarted } from '../../src/ledger/record.ts'

const MINUTE = 60_000

function paneConfig(fields: string, length = '5m', topic = 'shop'): PaneConfig {
  const config = readConfig(
    `streams: [{name: s, topic: ${topic}, format: json, eventTime: ts, cohort: {field: m, control: [a], candidate: [b]}, fields: [${fields}]}]\npanes: {length: ${length}}`,
    'test.yaml',
    {},
  )
  return paneConfigOf(streamGroups(config)[0]!, config)
}

const FIRST = paneConfig('{name: price, kind: numeric}')
const SECOND = paneConfig('{name: price, kind: numeric}, {name: age, kind: numeric}')

function era(fromMs: number | null, shape: PaneConfig, more: Partial<PanesConfigured> = {}): PanesConfigured {
  const roles = shape.streams.map(({ fields }) => fields.map(() => 'feature' as const))
  return { type: 'panes-configured', stream: 's', fromMs, paneConfig: shape, paneConfigDigest: digestOf(shape), roles, by: 'test', reason: 'test', atMs: 0, ...more } // prettier-ignore
}

function withdrawn({ fromMs, paneConfigDigest }: PanesConfigured): PanesWithdrawn {
  return { type: 'panes-withdrawn', stream: 's', fromMs: fromMs!, paneConfigDigest, by: 'test', reason: 'test', atMs: 0 } // prettier-ignore
}

function watch(fromMs: number, shape: PaneConfig): WatchStarted {
  return { type: 'watch-started', stream: 's', fromMs, lengthMs: shape.panes.lengthMs, paneConfigDigest: digestOf(shape) } // prettier-ignore
}

const cells: CellsFrozen = { type: 'cells-frozen', stream: 's', fieldStream: 's', field: 'price', cut: 1, afterNumber: 3, fromNumber: 1, cells: { kind: 'numeric', cuts: [5] }, counts: [1, 2] } // prettier-ignore

/** What the ledger says of each; null = valid. */
function verdicts(...bodies: unknown[]): (string | null)[] {
  const chain = new LedgerChain()
  return bodies.map((body) => chain.add(sealRecord(body as LedgerBody, chain.head)).refused)
}

describe('the eras of a group', () => {
  it('follow each other, each with a watch and cells of its own', () => {
    const bodies = [
      ...[era(null, FIRST), watch(MINUTE * 5, FIRST), cells],
      ...[era(60 * MINUTE, SECOND), watch(60 * MINUTE, SECOND), cells],
      ...[era(90 * MINUTE, FIRST), watch(90 * MINUTE, FIRST), cells],
    ]
    assert.deepEqual(verdicts(...bodies), bodies.map(() => null)) // prettier-ignore
  })

  it('may begin without data of the one before', () => {
    assert.deepEqual(verdicts(era(null, FIRST), era(60 * MINUTE, SECOND), watch(60 * MINUTE, SECOND)), [null, null, null]) // prettier-ignore
    assert.deepEqual(verdicts(era(null, FIRST), era(60 * MINUTE, SECOND), watch(0, FIRST), watch(60 * MINUTE, SECOND)), [null, null, null, null]) // prettier-ignore
  })

  it('can be told of a group that was watched before there were eras', () => {
    const book = new EraBook()
    for (const body of [watch(0, FIRST), era(null, FIRST)]) assert.ok(book.take(body))
    assert.deepEqual(book.of('s').map(({ hasBegun }) => hasBegun), [true]) // prettier-ignore
    assert.deepEqual(verdicts(watch(0, FIRST), era(null, SECOND)), [null, 'not-valid-here'])
  })

  const started = [era(null, FIRST), watch(0, FIRST)]
  const second = era(60 * MINUTE, SECOND)

  it('may be withdrawn before they begin, and announced again', () => {
    const bodies = [...started, second, withdrawn(second), era(90 * MINUTE, SECOND), watch(90 * MINUTE, SECOND)]
    assert.deepEqual(verdicts(...bodies), bodies.map(() => null)) // prettier-ignore
    assert.equal(verdicts(...started, second, withdrawn(second), watch(60 * MINUTE, SECOND)).at(-1), 'not-valid-here')
  })

  const misplaced: [string, unknown[]][] = [
    ['a first era again', [...started, era(null, SECOND)]],
    ['a later era first', [era(60 * MINUTE, FIRST)]],
    ['the same shape', [...started, era(60 * MINUTE, FIRST)]],
    ['a beginning off the grid of the era before', [...started, era(62 * MINUTE, paneConfig('', '2m'))]],
    ['a beginning off its own grid', [...started, era(65 * MINUTE, paneConfig('', '2m'))]],
    ['another topic', [...started, era(60 * MINUTE, paneConfig('', '5m', 'other'))]],
    ['a second change before the first has happened', [...started, era(60 * MINUTE, SECOND), era(90 * MINUTE, FIRST)]],
    ['to withdraw what was not announced', [...started, withdrawn(second)]],
    ['to withdraw what has begun', [...started, second, watch(60 * MINUTE, SECOND), withdrawn(second)]],
    ['to withdraw the first era', [era(null, FIRST), withdrawn(era(0, FIRST))]],
    ['to withdraw twice', [...started, second, withdrawn(second), withdrawn(second)]],
    ['to withdraw another date', [...started, second, withdrawn(era(65 * MINUTE, SECOND))]],
    ['to withdraw another shape', [...started, second, withdrawn(era(60 * MINUTE, paneConfig('')))]],
    ['a watch that begins elsewhere', [...started, era(60 * MINUTE, SECOND), watch(65 * MINUTE, SECOND)]],
    ['a watch of the era before', [...started, era(60 * MINUTE, SECOND), watch(60 * MINUTE, FIRST)]],
    ['an era that begins before the one that it ends', [...started, era(60 * MINUTE, SECOND), watch(60 * MINUTE, SECOND), era(30 * MINUTE, FIRST)]], // prettier-ignore
  ]
  for (const [title, bodies] of misplaced) {
    it(`refuses ${title}`, () => assert.equal(verdicts(...bodies).at(-1), 'not-valid-here'))
  }

  const malformed: [string, unknown][] = [
    ['whose digest is of another shape', era(null, FIRST, { paneConfigDigest: digestOf(SECOND) })],
    ['of another stream', era(null, FIRST, { stream: 't' })],
    ['with a role too few', era(null, FIRST, { roles: [[]] })],
    ['with a role that is none', era(null, FIRST, { roles: [['king']] } as unknown as PanesConfigured)],
    ['that nobody has said to be withdrawn', { ...withdrawn(second), reason: '' }],
    ['that nobody has said', era(null, FIRST, { by: '' })],
    ...[
      { ...FIRST, panes: { ...FIRST.panes, lengthMs: 0 } },
      { ...FIRST, panes: { ...FIRST.panes, latenessMs: -1 } },
      { ...FIRST, limits: {} },
      { ...FIRST, streams: [{ ...FIRST.streams[0]!, cohort: { field: 'm', control: 'a', candidate: ['b'] } }] },
      { ...FIRST, streams: [{ ...FIRST.streams[0]!, fields: [{ ...FIRST.streams[0]!.fields[0]!, kind: 'round' }] }] },
      { ...FIRST, streams: [{ ...FIRST.streams[0]!, engagement: [{ name: 'x', kind: 'rate', field: 'y' }] }] },
    ].map((shape): [string, unknown] => {
      const wrong = shape as unknown as PaneConfig
      return [`of a broken shape: ${JSON.stringify(shape).slice(0, 250)}`, era(null, wrong, { paneConfigDigest: digestOf(wrong), roles: [['feature']] })] // prettier-ignore
    }),
  ]
  for (const [title, body] of malformed) {
    it(`keeps and refuses one ${title}`, () => assert.deepEqual(verdicts(body), ['unknown-body']))
  }
})
