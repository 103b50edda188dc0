import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { CrashJournal } from '../../src/service/crash-journal.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const RANGE = { topic: 'shop.events', partition: 2, from: 100, to: 200 }
const at = (offset: number) => ({ topic: RANGE.topic, partition: RANGE.partition, offset })

describe('the journal of crashes', () => {
  const folder = temporaryFolder()
  let count = 0
  const newDirectory = (): string => path.join(folder, `state${count++}`)
  const open = (directory: string): CrashJournal => new CrashJournal(directory, (error) => assert.fail(error))

  /** Reads the range and dies of the record at `offset`: nobody closes anything. True: it marked each record on its way. */
  function dieAt(directory: string, offset: number, range = RANGE): boolean {
    const journal = open(directory)
    const isSuspected = journal.begin(range)
    if (!isSuspected) return false
    for (let each = range.from; each < offset; each++) journal.marked(each, () => undefined)
    assert.throws(() => journal.marked(offset, () => { throw new Error('died') }), /died/) // prettier-ignore
    return true
  }

  it('suspects nothing at first, and nothing after a range that was read', () => {
    const directory = newDirectory()
    const journal = open(directory)
    assert.equal(journal.begin(RANGE), false)
    journal.end(200)
    assert.equal(open(directory).begin(RANGE), false)
  })

  it('suspects the range that was open when the process died, and what overlaps it, and no other', () => {
    const directory = newDirectory()
    dieAt(directory, 150)
    const journal = open(directory)
    assert.equal(journal.begin({ ...RANGE, from: 199, to: 300 }), true)
    assert.equal(journal.begin({ ...RANGE, from: 200, to: 300 }), false)
    assert.equal(journal.begin({ ...RANGE, partition: 1 }), false)
    assert.equal(journal.begin({ ...RANGE, topic: 'shop.clicks' }), false)
  })

  it('names the record that ended the process twice while it was marked, and only that', () => {
    const directory = newDirectory()
    assert.deepEqual([1, 2, 3].map(() => dieAt(directory, 150)), [false, true, true]) // prettier-ignore
    const journal = open(directory)
    assert.equal(journal.isCulprit(at(150)), true)
    assert.equal(journal.isCulprit(at(149)), false)
    assert.equal(journal.isCulprit({ ...at(150), partition: 1 }), false)
  })

  it('names none where each death was elsewhere: a machine that kills at random', () => {
    const directory = newDirectory()
    for (const offset of [150, 150, 151, 152, 153]) dieAt(directory, offset)
    const journal = open(directory)
    for (let offset = 100; offset < 200; offset++) assert.equal(journal.isCulprit(at(offset)), false, `${offset}`)
  })

  it('narrows the suspicion to what every death was reading', () => {
    const directory = newDirectory()
    dieAt(directory, 150)
    dieAt(directory, 150, { ...RANGE, from: 140, to: 400 })
    assert.equal(open(directory).begin({ ...RANGE, from: 100, to: 140 }), false)
    assert.equal(open(directory).begin({ ...RANGE, from: 200, to: 400 }), false)
    assert.equal(open(directory).begin({ ...RANGE, from: 140, to: 141 }), true)
  })

  it('clears who was read through alive, for good; who failed and comes again stays suspect', () => {
    const directory = newDirectory()
    dieAt(directory, 150)
    const journal = open(directory)
    journal.begin(RANGE)
    journal.end(null)
    assert.equal(journal.begin(RANGE), true)
    journal.end(150)
    assert.equal(journal.begin({ ...RANGE, from: 150 }), true)
    journal.end(200)
    assert.equal(journal.begin(RANGE), false)
    journal.end(200)
    assert.equal(open(directory).begin(RANGE), false)
  })

  it('holds one page, however many suspects and deaths there are', () => {
    const directory = newDirectory()
    for (let partition = 0; partition < 30; partition++) {
      for (let death = 0; death < 12; death++) dieAt(directory, 100 + death, { ...RANGE, topic: 't'.repeat(249), partition }) // prettier-ignore
    }
    const file = path.join(directory, 'observe.journal')
    assert.equal(statSync(file).size, 4096)
    assert.doesNotThrow(() => JSON.parse(readFileSync(file, 'utf8')) as unknown)
  })

  for (const [title, text] of [
    ['is torn', '{"journal":"evenkeel.journal/1","reading":{"topic":"shop.ev'],
    ['is of another kind', '{"journal":"evenkeel.journal/9","reading":null,"suspects":[]}'],
    ['is none', '42'],
    ['has a suspect that is none', '{"journal":"evenkeel.journal/1","reading":null,"suspects":[{"topic":1}]}'],
    ['has a reading that is none', '{"journal":"evenkeel.journal/1","reading":{"topic":"x"},"suspects":[]}'],
  ] as const) {
    it(`begins anew where its file ${title}`, () => {
      const directory = newDirectory()
      mkdirSync(directory)
      writeFileSync(path.join(directory, 'observe.journal'), text)
      assert.equal(open(directory).begin(RANGE), false)
    })
  }

  it('tells once that it cannot be kept, and stops nobody', () => {
    const file = path.join(newDirectory(), 'a file')
    mkdirSync(path.dirname(file))
    writeFileSync(file, '')
    const told: Error[] = []
    const journal = new CrashJournal(path.join(file, 'below'), (error) => told.push(error))
    assert.equal(journal.begin(RANGE), false)
    assert.equal(journal.marked(100, () => 7), 7) // prettier-ignore
    journal.end(200)
    journal.close()
    assert.equal(told.length, 1)
  })
})
