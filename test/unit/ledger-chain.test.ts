import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canonicalJson } from '../../src/ledger/canonical-json.ts'
import { CHAIN_START, LedgerChain, sealRecord } from '../../src/ledger/chain.ts'
import { digestOf, sha256 } from '../../src/ledger/digest.ts'
import type { CellsFrozen, LedgerBody, WatchStarted } from '../../src/ledger/record.ts'

const watch: WatchStarted = {
  type: 'watch-started',
  stream: 's',
  fromMs: 0,
  lengthMs: 300_000,
  paneConfigDigest: 'sha256:c',
}
const cells: CellsFrozen = {
  type: 'cells-frozen',
  stream: 's',
  fieldStream: 's',
  field: 'price',
  cut: 1,
  afterNumber: 3,
  fromNumber: 1,
  cells: { kind: 'numeric', cuts: [-5, 7] },
  counts: [0, 2000, 0],
}

/** Appends bodies one after the other, each sealed on the head before it. */
function written(...bodies: LedgerBody[]): string[] {
  const chain = new LedgerChain()
  return bodies.map((body) => {
    const text = sealRecord(body, chain.head)
    chain.add(text)
    return text
  })
}

function verdicts(texts: readonly (string | Uint8Array | null)[]): (string | null)[] {
  const chain = new LedgerChain()
  return texts.map((text) => chain.add(text).refused)
}

describe('the ledger', () => {
  it('is canonical JSON, each record with the digest of the one before and its own', () => {
    const [first, second] = written(watch, cells)
    const record = JSON.parse(second!) as { digest: string; previous: string }
    assert.equal(canonicalJson(record), second)
    assert.equal(record.previous, (JSON.parse(first!) as { digest: string }).digest)
    const { digest, ...rest } = record
    assert.equal(digest, digestOf(rest))
    assert.equal((JSON.parse(first!) as { previous: string }).previous, CHAIN_START)
  })

  it('reads back what was written', () => {
    const chain = new LedgerChain()
    const entries = written(watch, cells).map((text) => chain.add(Buffer.from(text)))
    assert.deepEqual(
      entries.map(({ body, refused }) => ({ body, refused })),
      [
        { body: watch, refused: null },
        { body: cells, refused: null },
      ],
    )
    assert.equal(entries[1]!.digest, chain.head)
  })

  const [first, second, third] = written(watch, cells, {
    ...cells,
    field: 'country',
    cells: { kind: 'hashed' },
    counts: new Array<number>(64).fill(1),
  })
  const tampered: [string, (string | null)[], (string | null)[]][] = [
    ['an edited body', [first!.replace('300000', '300001'), second!], ['wrong-digest', 'not-valid-here']],
    ['another spelling', [first!.replace(':', ': '), second!], ['wrong-digest', 'not-valid-here']],
    ['a missing record', [first!, third!], [null, 'wrong-previous']],
    ['two records swapped', [second!, first!], ['wrong-previous', 'wrong-previous']],
    ['a record twice', [first!, first!], [null, 'wrong-previous']],
    ['a record that is none', [first!, '{"ledger":"evenkeel.ledger/v1"}'], [null, 'not-a-record']],
    ['bytes that are no JSON', [first!, 'once upon a time'], [null, 'not-a-record']],
    ['a tombstone', [first!, null], [null, 'not-a-record']],
    ['half of a surrogate pair', [first!.replace('"s"', '"\\ud800"')], ['wrong-digest']],
  ]
  for (const [title, texts, expected] of tampered) {
    it(`refuses ${title}, and what hangs on it`, () => assert.deepEqual(verdicts(texts), expected))
  }

  it('goes on over a refused record, so that even that cannot be edited or removed unseen', () => {
    const chain = new LedgerChain()
    chain.add(first!)
    assert.equal(chain.add('garbage').refused, 'not-a-record')
    assert.equal(chain.head, sha256('garbage'))
    const next = sealRecord(cells, chain.head)
    assert.equal(chain.add(next).refused, null)
    assert.deepEqual(verdicts([first!, next]), [null, 'wrong-previous'])
  })

  for (const [title, damage] of [
    ['edited', (text: string) => text.replace('"field":"price"', '"field":"prise"')],
    ['torn', (text: string) => text.slice(0, 40)],
  ] as const) {
    it(`loses a record that was ${title} after it was written, and nothing of what hangs on it`, () => {
      const chain = new LedgerChain()
      const refused = [first!, damage(second!), third!].map((text) => chain.add(text).refused)
      assert.deepEqual([refused[0], refused[2]], [null, null])
      assert.match(refused[1]!, /wrong-digest|not-a-record/)
      assert.deepEqual([chain.isDamaged, chain.head], [true, (JSON.parse(third!) as { digest: string }).digest])
    })
  }

  it('holds who comes after an edited record to what that says it was', () => {
    const edited = second!.replace('"field":"price"', '"field":"prise"')
    const forged = sealRecord({ ...cells, field: 'country' }, sha256('something else'))
    assert.deepEqual(verdicts([first!, edited, forged]), [null, 'wrong-digest', 'wrong-previous'])
  })

  it('lets the first of two writers win; the second seals anew on the new head', () => {
    const chain = new LedgerChain()
    const mine = sealRecord(watch, chain.head)
    const theirs = sealRecord({ ...watch, stream: 'other' }, chain.head)
    assert.equal(chain.add(mine).refused, null)
    assert.equal(chain.add(theirs).refused, 'wrong-previous')
    assert.equal(chain.add(sealRecord({ ...watch, stream: 'other' }, chain.head)).refused, null)
  })

  const misplaced: [string, LedgerBody[]][] = [
    ['a second start of a watch', [watch, { ...watch, fromMs: 300_000 }]],
    ['cells before the watch', [cells]],
    ['cells of a cut that is not the next', [watch, cells, { ...cells, cut: 3, afterNumber: 9 }]],
    ['the same cut again', [watch, cells, cells]],
    ['a cut after an earlier slice', [watch, cells, { ...cells, cut: 2, afterNumber: 3 }]],
  ]
  for (const [title, bodies] of misplaced) {
    it(`keeps and refuses ${title}`, () => {
      const refused = verdicts(written(...bodies))
      assert.deepEqual(refused, [...bodies.slice(1).map(() => null), 'not-valid-here'])
    })
  }

  const malformed: [string, unknown][] = [
    ['of an unknown type', { type: 'party' }],
    ['without a stream', { ...watch, stream: 7 }],
    ['with a slice of no length', { ...watch, lengthMs: 0 }],
    ['with cuts that do not ascend', { ...cells, cells: { kind: 'numeric', cuts: [7, 7] } }],
    ['with a count too few', { ...cells, counts: [0, 1] }],
    ['with a negative count', { ...cells, counts: [0, -1, 0] }],
    ['with cells of no kind', { ...cells, cells: { kind: 'round' } }],
    ['that is a list', [watch]],
  ]
  for (const [title, body] of malformed) {
    it(`keeps and refuses a body ${title}`, () => {
      assert.deepEqual(
        verdicts([first!, sealRecord(body as LedgerBody, (JSON.parse(first!) as { digest: 'sha256:' }).digest)]),
        [null, 'unknown-body'],
      )
    })
  }
})
