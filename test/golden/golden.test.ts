import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { mismatches } from './comparison.ts'
import { readGoldenFiles } from './golden-file.ts'
import { SECTIONS } from './sections.ts'

/**
 * Does the product give the published numbers? Every JSON file in GOLDEN_DIR, by default this directory; other files of
 * the same formats (README.md) can be tried. Nothing is skipped: a section nobody knows fails, an empty directory too.
 */
const directory = process.env.GOLDEN_DIR ?? import.meta.dirname
const caseCounts = new Map<string, number>()

for (const { file, section, tolerance, cases } of readGoldenFiles(directory)) {
  describe(`${file}: ${section}`, () => {
    const run = SECTIONS[section]
    if (run === undefined) {
      it('is a section that can be checked', () => assert.fail(`unknown section "${section}" in ${file}`))
      return
    }
    for (const [index, { name, input, expected }] of cases.entries()) {
      it(`${index}: ${name}`, () => {
        caseCounts.set(section, (caseCounts.get(section) ?? 0) + 1)
        const wrong = mismatches(run(input as never, expected as never), expected, tolerance)
        assert.equal(wrong.length, 0, `${wrong.length} values differ: ${wrong.slice(0, 5).join('; ')}`)
      })
    }
  })
}

after(() => {
  for (const [section, count] of caseCounts) console.log(`golden: ${section} ${count} cases`)
})
