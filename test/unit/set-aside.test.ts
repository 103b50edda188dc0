import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ViolationReason } from '../../src/contract/violation.ts'
import type { ViolationTallies } from '../../src/pane/pane.ts'
import { violationPair } from '../../src/pane/tallies.ts'
import { SetAsideBook } from '../../src/view/set-aside.ts'

const LENGTH_MS = 300_000

describe('what was set aside', () => {
  it('is told by field and reason, most frequent first, with the slice of the last one', () => {
    const book = new SetAsideBook()
    book.add(violations(['wrong-type', 'price', 1, 2, 0], ['not-in-values', 'plan', 0, 1, 4]), 0, LENGTH_MS)
    book.add(violations(['wrong-type', 'price', 3, 0, 0]), LENGTH_MS, LENGTH_MS)
    book.add(violations(), 2 * LENGTH_MS, LENGTH_MS)
    assert.deepEqual(book.facts(), [
      { reason: 'wrong-type', field: 'price', control: 4, candidate: 2, other: 0, lastFromMs: LENGTH_MS, lastToMs: 2 * LENGTH_MS },
      { reason: 'not-in-values', field: 'plan', control: 0, candidate: 1, other: 4, lastFromMs: 0, lastToMs: LENGTH_MS },
    ]) // prettier-ignore
  })

  it('is nothing of a record that was rejected, nor of what is no longer told apart', () => {
    const book = new SetAsideBook()
    book.add(violations(['bad-timestamp', 'ts', 1, 1, 1], ['other', '', 5, 5, 5]), 0, LENGTH_MS)
    assert.deepEqual(book.facts(), [])
  })
})

type Counted = [reason: ViolationReason | 'other', field: string, control: number, candidate: number, outside: number]

function violations(...counted: Counted[]): { violations: ViolationTallies[] } {
  const found: ViolationTallies[] = []
  for (const [reason, field, control, candidate, outside] of counted) {
    const pair = violationPair(found, reason, field)
    for (let at = 0; at < control; at++) pair.counts[0].add(at)
    for (let at = 0; at < candidate; at++) pair.counts[1].add(at)
    pair.outside = outside
  }
  return { violations: found }
}
