import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import avro from 'avsc'
import fc from 'fast-check'
import { MonitorError } from '../../src/errors.ts'
import { sha256 } from '../../src/ledger/digest.ts'
import { decodePane, encodePane } from '../../src/pane/codec.ts'
import { paneDigest } from '../../src/pane/digest.ts'
import { capCounts, createTallies, tallyTotals } from '../../src/pane/tallies.ts'
import { count, facts, paneOf, PLAN } from '../support/events.ts'

const tallies = fc.array(facts, { maxLength: 120 }).map((all) => count(all))
const panes = fc
  .record({
    tallies,
    partition: fc.nat(1000),
    startMs: fc.integer({ min: -10, max: 10_000_000 }).map((at) => at * 300_000),
    idle: fc.boolean(),
    lost: fc.nat(),
  })
  .map(({ tallies, ...place }) => paneOf(tallies, place))

describe('bytes of a pane', () => {
  it('come back as the pane they stand for, to the byte', () => {
    fc.assert(
      fc.property(panes, (pane) => {
        const bytes = encodePane(pane)
        const decoded = decodePane(bytes)
        assert.deepEqual(encodePane(decoded), bytes)
        assert.deepEqual(tallyTotals(decoded.tallies), tallyTotals(pane.tallies))
        assert.deepEqual({ ...decoded, tallies: null }, { ...pane, tallies: null })
        assert.deepEqual(
          decoded.tallies.violations.map(({ reason, field, outside }) => [reason, field, outside]),
          pane.tallies.violations.map(({ reason, field, outside }) => [reason, field, outside]),
        )
        assert.equal(paneDigest(pane), sha256(bytes))
      }),
      { numRuns: 60 },
    )
  })

  it('are read by any Avro reader that has schemas/pane.avsc', () => {
    const path = new URL('../../schemas/pane.avsc', import.meta.url)
    const type = avro.Type.forSchema(JSON.parse(readFileSync(path, 'utf8')) as avro.Schema)
    fc.assert(
      fc.property(panes, (pane) => {
        const read = type.fromBuffer(encodePane(pane)) as typeof pane & { tallies: { synthetic: number } }
        assert.equal(read.startMs, pane.startMs)
        assert.equal(read.tallies.synthetic, pane.tallies.synthetic)
      }),
      { numRuns: 20 },
    )
  })

  it('do not depend on the order in which schema ids and shapes came', () => {
    const left = paneOf(createTallies(PLAN))
    const right = paneOf(createTallies(PLAN))
    for (const key of ['b', 'a', '10', '9']) left.tallies.shapes.set(key, 1)
    for (const key of ['9', '10', 'a', 'b']) right.tallies.shapes.set(key, 1)
    assert.equal(paneDigest(left), paneDigest(right))
  })

  it('come back although hostile JSON had halves of surrogate pairs for field names', () => {
    const pane = paneOf(createTallies(PLAN))
    for (const key of ['\ud800:int', '\udfff:int', '\ufffd:int']) capCounts(pane.tallies.shapes, key, 2)
    assert.deepEqual([...decodePane(encodePane(pane)).tallies.shapes], [['\ufffd:int', 6]])
  })

  it('are refused, and never crash or stall us, when they are anything else', () => {
    fc.assert(
      fc.property(panes, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (pane, edits) => {
        const bytes = encodePane(pane)
        const edited = Buffer.from(bytes)
        for (const [at, byte] of edits) edited[at % edited.length] = byte
        if (edited.equals(bytes)) return
        let decoded
        try {
          decoded = decodePane(edited)
        } catch (error) {
          assert.ok(error instanceof MonitorError && error.code === 'EVENKEEL_RECORD_CORRUPT', String(error))
          return
        }
        // What still is a pane is another one, in its own canonical form: its digest tells.
        assert.deepEqual(encodePane(decoded), edited)
      }),
      { numRuns: 3000 },
    )
  })

  const whole = encodePane(paneOf(count([])))
  const broken: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['a pane that ends early', whole.subarray(0, -1)],
    ['bytes after its end', Buffer.concat([whole, Buffer.alloc(1)])],
    ['a text that says it is two billion bytes long', Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 0])],
    ['random text', Buffer.from('{"stream":"impressions"}')],
  ]
  for (const [title, bytes] of broken) {
    it(`are refused when they are ${title}`, () => {
      assert.throws(() => decodePane(bytes), { code: 'EVENKEEL_RECORD_CORRUPT' })
    })
  }

  it('are refused when an array claims more items than there are bytes', () => {
    // The last array of an empty pane is its shapes: one zero byte.
    const claimed = Buffer.concat([whole.subarray(0, -1), Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f])])
    assert.throws(() => decodePane(claimed), { code: 'EVENKEEL_RECORD_CORRUPT' })
  })

  it('are refused in another spelling of the same content', () => {
    const pane = paneOf(createTallies(PLAN))
    pane.tallies.shapes.set('a', 1).set('b', 1)
    const bytes = encodePane(pane)
    const at = bytes.indexOf(Buffer.from([2, 0x61, 2, 2, 0x62]))
    const swapped = Buffer.from(bytes)
    swapped[at + 1] = 0x62
    swapped[at + 4] = 0x61
    assert.throws(() => decodePane(swapped), { code: 'EVENKEEL_RECORD_CORRUPT' })
  })

  const lies: [string, (pane: ReturnType<typeof paneOf>) => void][] = [
    ['a negative partition', (pane) => void (pane.partition = -1)],
    ['no length', (pane) => void (pane.lengthMs = 0)],
    ['a negative count', (pane) => void (pane.tallies.other.late = -1)],
    ['a reason that nobody knows', (pane) => void (pane.tallies.violations[0]!.reason = 'boredom' as 'other')],
    ['a boolean field with a table', (pane) => void (pane.tallies.fields[3]!.table = pane.tallies.fields[0]!.table)],
    ['a numeric field with categories', (pane) => void (pane.tallies.fields[0]!.table = pane.tallies.fields[1]!.table)],
  ]
  for (const [title, lie] of lies) {
    it(`are refused with ${title}`, () => {
      const pane = paneOf(createTallies(PLAN))
      pane.tallies.violations.push(...count([{ what: 'accepted', cohort: 0, unit: 1, price: 'x', country: 'a', plan: 'pro', member: true, shape: 0 }]).violations) // prettier-ignore
      assert.doesNotThrow(() => decodePane(encodePane(pane)))
      lie(pane)
      assert.throws(() => decodePane(encodePane(pane)), { code: 'EVENKEEL_RECORD_CORRUPT' })
    })
  }
})
