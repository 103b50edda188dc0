import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { it } from 'node:test'
import { pathToFileURL } from 'node:url'
import path from 'node:path'

const MODULE = pathToFileURL(path.join(import.meta.dirname, '../../src/young-space.ts')).href

/** Sizes that the space for young objects has while more and more of them live, in the order in which they are first seen. */
function sizesMb(before: string): number[] {
  const script = `
    import v8 from 'node:v8'
    ${before}
    const sizes = new Set()
    let kept = []
    for (let at = 0; at < 3_000_000; at++) {
      kept.push({ at })
      if (kept.length > 100_000) kept = []
      if (at % 10_000 === 0) sizes.add(v8.getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size >> 20)
    }
    console.log(JSON.stringify([...sizes]))`
  const args = ['--max-semi-space-size=16', '--input-type=module', '--eval', script]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as number[]
}

/** It begins with one half of 1 MB, and gets the other at the first collection. */
function grown(sizes: readonly number[]): number[] {
  return sizes.filter((size) => size > 2)
}

it('the space for young objects goes from its first size to its last in one step', () => {
  const sizes = sizesMb(`import { growYoungSpaceAtOnce } from ${JSON.stringify(MODULE)}; growYoungSpaceAtOnce()`)
  assert.deepEqual(grown(sizes), [32])
})

it('V8 left to itself takes several: else the step is in vain', () => {
  assert.ok(grown(sizesMb('')).length > 1)
})
