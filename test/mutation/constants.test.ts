import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { CONSTANTS } from './constants.ts'
import { runTest } from './run-broken.ts'
import type { Outcome } from './run-broken.ts'

/**
 * Every constant that decides a number is broken, one at a time, and a test must turn red: because it was asked and said no,
 * not because the program no longer loads. A constant that can be broken unseen is one that nobody has tested.
 */
const cacheDirectory = mkdtempSync(path.join(tmpdir(), 'evenkeel-constants-'))
after(() => rmSync(cacheDirectory, { recursive: true, force: true }))
const unbroken = new Map<string, Promise<Outcome>>()

function runUnbroken(test: string): Promise<Outcome> {
  const known = unbroken.get(test)
  if (known !== undefined) return known
  const run = runTest(test, null, cacheDirectory)
  unbroken.set(test, run)
  return run
}

describe('with nothing broken', { concurrency: 2 }, () => {
  for (const test of new Set(CONSTANTS.map(({ test }) => test))) {
    it(`${test} is green`, async () => {
      const { status, ran, failed, output } = await runUnbroken(test)
      assert.deepEqual({ status, failed }, { status: 0, failed: 0 }, output)
      assert.ok(ran > 0, 'no test ran')
    })
  }
})

describe('broken', { concurrency: 2 }, () => {
  for (const mutant of CONSTANTS) {
    const { file, text, broken, test } = mutant
    it(`${file}: ${text} as ${broken} turns ${test} red`, async () => {
      // That it is red is news only of a test that is green.
      assert.equal((await runUnbroken(test)).failed, 0)
      const outcome = await runTest(test, mutant, cacheDirectory)
      assert.ok(outcome.refuted > 0, `no assertion saw it (${outcome.failed} tests failed): ${outcome.output}`)
      assert.equal(outcome.status, 1)
    })
  }
})
