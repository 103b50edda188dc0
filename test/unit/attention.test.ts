import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Attention } from '../../src/alert/attention.ts'
import { LedgerChain, sealRecord } from '../../src/ledger/chain.ts'
import type { AlertAcknowledged, CheckMuted, LedgerBody } from '../../src/ledger/record.ts'

const acknowledged: AlertAcknowledged = { type: 'alert-acknowledged', stream: 'shop', alert: 'a1', by: 'Ann', reason: 'seen', atMs: 10 } // prettier-ignore
const muted: CheckMuted = { type: 'check-muted', stream: 'shop', check: 'shop/missing/price', by: 'Bob', reason: 'known', atMs: 20, untilMs: 1_000 } // prettier-ignore

describe('what people say of alerts', () => {
  it('stands in the ledger like everything else: sealed, read back, refused when it was changed', () => {
    const chain = new LedgerChain()
    for (const body of [acknowledged, muted]) {
      const text = sealRecord(body, chain.head)
      assert.deepEqual(chain.add(text), { body, digest: chain.head, refused: null })
    }
    const forged = sealRecord(muted, chain.head).replace('"untilMs":1000', '"untilMs":9999')
    assert.equal(chain.add(forged).refused, 'wrong-digest')
  })

  const broken: [what: string, body: object][] = [
    ['an acknowledgement of nothing', { ...acknowledged, alert: '' }],
    ['one by nobody', { ...acknowledged, by: '' }],
    ['one without a reason', { ...acknowledged, reason: undefined }],
    ['one of no time', { ...acknowledged, atMs: '10' }],
    ['a mute without an end', { ...muted, untilMs: undefined }],
    ['a mute that ends before time began', { ...muted, untilMs: -1 }],
    ['a mute of no stream', { ...muted, stream: 3 }],
  ]
  for (const [what, body] of broken) {
    it(`is not said by ${what}`, () => {
      const chain = new LedgerChain()
      const text = sealRecord(JSON.parse(JSON.stringify(body)) as LedgerBody, chain.head)
      assert.equal(chain.add(text).refused, 'unknown-body')
    })
  }

  it('holds for good where it is an acknowledgement: the first who saw it', () => {
    const attention = new Attention()
    attention.add(acknowledged)
    attention.add({ ...acknowledged, by: 'Eve', atMs: 30 })
    assert.deepEqual(attention.acknowledgedBy('a1'), { by: 'Ann', reason: 'seen', atMs: 10 })
    assert.equal(attention.acknowledgedBy('a2'), null)
  })

  it('holds until the stated event time where it is a mute, and not a slice longer', () => {
    const attention = new Attention()
    attention.add(muted)
    assert.deepEqual(attention.mutedBy(muted.check, 999), { by: 'Bob', reason: 'known', atMs: 20, untilMs: 1_000 })
    assert.equal(attention.mutedBy(muted.check, 1_000), null)
    assert.equal(attention.mutedBy('shop/missing/size', 999), null)
  })

  it('is what was said last: longer, or no more', () => {
    const attention = new Attention()
    attention.add(muted)
    attention.add({ ...muted, untilMs: 5_000, by: 'Eve' })
    assert.equal(attention.mutedBy(muted.check, 2_000)?.by, 'Eve')
    attention.add({ ...muted, untilMs: 0 })
    assert.equal(attention.mutedBy(muted.check, 500), null)
    assert.equal(attention.count, 3)
  })
})
