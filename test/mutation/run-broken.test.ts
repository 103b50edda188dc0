import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { breakText } from './mutant.ts'
import { runTest } from './run-broken.ts'

const cacheDirectory = mkdtempSync(path.join(tmpdir(), 'evenkeel-broken-'))
after(() => rmSync(cacheDirectory, { recursive: true, force: true }))

const test = 'unit/alert-life'
const file = 'src/evidence/alert-life.ts'
const run = (text: string, broken: string, of = file) => runTest(test, { file: of, text, broken, test }, cacheDirectory)

describe('a test run with one constant broken', () => {
  it('is red by an assertion, and over with the first', async () => {
    const { ran, status } = await runTest(test, null, cacheDirectory)
    assert.ok(ran > 3 && status === 0)
    const broken = await run('CLEAR_MAX = 288', 'CLEAR_MAX = 289')
    assert.deepEqual([broken.refuted, broken.failed, broken.status], [1, 1, 1])
    // Four tests would say no to this one.
    const badly = await run("life.state !== 'firing'", "life.state === 'firing'")
    assert.ok(badly.ran < ran, `${badly.ran} of ${ran}`)
    assert.deepEqual([badly.refuted, badly.failed, badly.status], [1, 1, 1])
  })

  it('is green where nothing depends on what was broken', async () => {
    const { status, refuted } = await run('/** Two days of slices', '/** Three days of slices')
    assert.deepEqual([status, refuted], [0, 0])
  })

  it('is no proof where the program does not load, nor where it stops before it could be asked', async () => {
    const unloadable = await run('CLEAR_MAX = 288', 'CLEAR_MAX = = 288')
    assert.deepEqual([unloadable.ran, unloadable.refuted, unloadable.status], [0, 0, 1])
    const stopping = await run('let needed = clear', 'let needed = CLEAR_MAXIMUM')
    assert.ok(stopping.failed > 0)
    assert.equal(stopping.refuted, 0)
  })

  it('is none at all where the text is not there, or the file was never loaded', async () => {
    const absent = await run('CLEAR_MAX = 287', 'CLEAR_MAX = 286')
    assert.deepEqual([absent.ran, absent.status], [0, 1])
    assert.match(absent.output, /alert-life\.ts holds "CLEAR_MAX = 287" 0 times, not once/)
    const elsewhere = await run('EVENTS_MIN = 100', 'EVENTS_MIN = 99', 'src/evidence/minimum-data.ts')
    assert.notEqual(elsewhere.status, 0)
    assert.match(elsewhere.output, /minimum-data\.ts was never loaded/)
  })

  it('breaks one place, or none', () => {
    assert.equal(breakText('a = 1, b = 2', { file, text: 'b = 2', broken: 'b = 3' }), 'a = 1, b = 3')
    assert.throws(() => breakText('a = 1, b = 1', { file, text: '1', broken: '2' }), /2 times, not once/)
  })
})
