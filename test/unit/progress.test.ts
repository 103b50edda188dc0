import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readProgress, toProgressRecord } from '../../src/slice/progress.ts'
import type { Progress } from '../../src/slice/progress.ts'
import { progressOf } from '../support/panes-topic.ts'

const read = (value: unknown): Progress | null =>
  readProgress({
    value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  })

describe('a progress record', () => {
  it('comes back as it was said, keyed by the group', () => {
    for (const progress of [
      progressOf({}),
      progressOf({ closedThroughMs: -300_000, silentSinceMs: 12.5, nowMs: 1e12 }),
    ]) {
      const record = toProgressRecord(progress, 'group')
      assert.equal(record.key, 'group')
      assert.deepEqual(record.headers, { kind: 'progress', stream: progress.stream })
      assert.deepEqual(read(record.value), progress)
    }
  })

  const broken: [string, unknown][] = [
    ['no JSON', '{'],
    ['a tombstone', null],
    ['a list', []],
    ['a text', '"progress"'],
    ['a partition beyond the partitions', progressOf({ partition: 1, partitions: 1 })],
    ['a partition below 0', progressOf({ partition: -1 })],
    ['a billion partitions', progressOf({ partitions: 1e9 })],
    ['no time', { ...progressOf({}), nowMs: null }],
    ['a position that is a text', { ...progressOf({}), position: '7' }],
    ['no word on silence', { ...progressOf({}), silentSinceMs: undefined }],
    ['no reporter', { ...progressOf({}), reporter: undefined }],
  ]
  for (const [title, value] of broken) it(`is none when it is ${title}`, () => assert.equal(read(value), null))
})
