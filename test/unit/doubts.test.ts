import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Doubts } from '../../src/slice/doubts.ts'

const digest = 'sha256:of the broken one'

describe('panes in doubt', () => {
  it('are none where nothing was lost', () => {
    const doubts = new Doubts()
    doubts.hear(100)
    assert.deepEqual([doubts.at(0, 100), doubts.neededOffset()], [null, null])
  })

  it('are the very one that a broken record names, with the digest that it names', () => {
    const doubts = new Doubts()
    doubts.add({ fromMs: 100, toMs: 200, digest, offset: 7 })
    doubts.add({ fromMs: 100, toMs: 200, digest, offset: 9 })
    assert.deepEqual([doubts.at(0, 100), doubts.at(100, 200), doubts.at(200, 300)], [null, { digest }, null])
    assert.equal(doubts.neededOffset(), 7, 'the first of its records')
  })

  it('are all between what was closed before a loss and what is heard next', () => {
    const doubts = new Doubts()
    doubts.lose(200, 7)
    doubts.lose(300, 8)
    assert.deepEqual([doubts.at(200, 300), doubts.neededOffset()], [null, 7], 'nobody has said anything yet')
    doubts.hear(100)
    assert.equal(doubts.neededOffset(), 7, 'an old pane says nothing of it')
    doubts.hear(400)
    doubts.hear(500)
    const starts = [100, 200, 300, 400].filter((startMs) => doubts.at(startMs, startMs + 100) !== null)
    assert.deepEqual(starts, [200, 300])
  })

  it('are none where the next pane follows without a gap', () => {
    const doubts = new Doubts()
    doubts.lose(200, 7)
    doubts.hear(200)
    assert.deepEqual([doubts.at(200, 300), doubts.neededOffset()], [null, null])
  })

  it('are forgotten with their slices', () => {
    const doubts = new Doubts()
    doubts.add({ fromMs: 100, toMs: 200, digest, offset: 7 })
    doubts.add({ fromMs: 200, toMs: 300, digest, offset: 8 })
    doubts.forgetBefore(200)
    assert.deepEqual([doubts.at(100, 200), doubts.neededOffset()], [null, 8])
  })
})
