import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { mismatches } from './comparison.ts'

/** Runs the golden test over a directory with these files, as `GOLDEN_DIR=… npm run test:golden` does. */
function runOver(files: Readonly<Record<string, unknown>>): { status: number | null; output: string } {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-golden-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), JSON.stringify(content))
    const { status, stdout } = spawnSync(process.execPath, ['--test', join(import.meta.dirname, 'golden.test.ts')], {
      env: { ...process.env, GOLDEN_DIR: directory, NODE_TEST_CONTEXT: undefined },
      encoding: 'utf8',
    })
    return { status, output: stdout }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const tolerance = { rel: 1e-9, abs: 1e-12 }
const alphaCase = (expected: number) => ({ name: 'alpha', input: { alpha: 0.05 }, expected: { zRequired: expected } })

describe('the golden runner', () => {
  it('passes a right file elsewhere and says how many cases ran', () => {
    const { status, output } = runOver({ 'z.json': { section: 'z-required', tolerance, cases: [alphaCase(2.03125)] } })
    assert.equal(status, 0, output)
    assert.match(output, /golden: z-required 1 cases/)
  })

  it('fails where a number differs', () => {
    const { status, output } = runOver({
      'z.json': { section: 'z-required', tolerance, cases: [alphaCase(2.0322265625)] },
    })
    assert.notEqual(status, 0)
    assert.match(output, /zRequired: 2.03125 instead of 2.0322265625/)
  })

  it('fails on a section that nobody knows, on a file without cases, and where there is no file', () => {
    assert.notEqual(runOver({ 'x.json': { section: 'tea-leaves', tolerance, cases: [alphaCase(1)] } }).status, 0)
    assert.notEqual(runOver({ 'z.json': { section: 'z-required', tolerance, cases: [] } }).status, 0)
    assert.notEqual(runOver({}).status, 0)
  })
})

describe('a result against the expected value', () => {
  const passes = (actual: unknown, expected: unknown): boolean => mismatches(actual, expected, tolerance).length === 0

  it('may differ by abs + rel·|y|', () => {
    assert.ok(passes(1000 + 0.9e-6, 1000) && !passes(1000 + 1.1e-6, 1000))
    assert.ok(passes(0.9e-12, 0) && !passes(1.1e-12, 0))
    assert.deepEqual(mismatches(0.9e-12, 0, { exact: true }).length, 1)
    assert.ok(!passes(NaN, 1) && !passes(undefined, 1) && !passes('1', 1))
  })

  it('takes null as −∞ of a logarithm, otherwise as not defined', () => {
    assert.ok(passes({ lnE: -Infinity, z: 5 }, { lnE: null, z: null }))
    assert.ok(!passes({ lnE: -700 }, { lnE: null }))
    assert.ok(
      passes([{ lnS: [-Infinity, 2] }], [{ lnS: [null, 2] }]) && !passes([{ lnS: [1, 2] }], [{ lnS: [null, 2] }]),
    )
    assert.ok(passes([{ lnS: [1, 2] }], [{ lnS: null }]))
  })

  it('compares lists in full and objects by what is expected of them', () => {
    assert.ok(!passes([1, 2, 3], [1, 2]) && !passes([1], [1, 2]))
    assert.ok(passes({ a: 1, b: 2 }, { a: 1 }) && !passes({ b: 2 }, { a: 1 }))
    assert.ok(passes(new Float64Array([1, 2]), [1, 2]))
  })
})
