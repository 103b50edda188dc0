import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { CONSTANTS } from '../mutation/constants.ts'

const root = path.join(import.meta.dirname, '../..')
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8')

const formulas = globSync('src/evidence/*.ts', { cwd: root }).sort()
/** Formulas, and whatever else holds a number that decides. */
const deciding = [...new Set([...formulas, ...CONSTANTS.map(({ file }) => file)])].filter((file) =>
  /^src\/(evidence|verdict|baseline)\//.test(file),
)

/** No publication stands behind these: they are our own, or the bookkeeping of what stands elsewhere. */
const OURS: Readonly<Record<string, string>> = {
  'src/evidence/alert-life.ts': 'when an alert begins and ends is our own',
  'src/evidence/field-contrasts.ts':
    'which questions are asked is our own; the contrasts themselves are in contrasts.ts',
  'src/evidence/ladder.ts': 'the windows are our own',
  'src/evidence/may-reach.ts': 'the bounds of field-contrasts.ts, for many questions at once',
  'src/evidence/planned-share.ts': 'the plain binomial',
  'src/evidence/term.ts': 'what terms.ts fills',
  'src/evidence/volume-term.ts': 'derived in its head',
  'src/evidence/window-sums.ts': 'sums of what terms.ts says',
}
/** Hours of the calendar; and the parts of baseline-watch.ts, which cites it for them. */
const citesForItself = (file: string): boolean =>
  file !== 'src/baseline/hours.ts' && !/\/baseline-(?!watch)[a-z-]+\.ts$/.test(file)

describe('the sources of formulas', () => {
  it('are named: every file that decides says where docs/statistics.md defines it', () => {
    const sections = new Set([...textOf('docs/statistics.md').matchAll(/^## (\d+)\. /gm)].map(([, number]) => number))
    assert.ok(sections.size >= 15)
    assert.ok(deciding.length > 40)
    for (const file of deciding.filter(citesForItself)) {
      const cited = [...textOf(file).matchAll(/\bstatistics\.md (\d+)/g)].map(([, number]) => number!)
      assert.ok(cited.length > 0, `${file} cites no section of docs/statistics.md`)
      for (const section of cited)
        assert.ok(sections.has(section), `${file} cites section ${section}, which is not there`)
    }
  })

  it('are published, or marked as our own', () => {
    const isPublished = (file: string): boolean => /\b[A-Z][a-zé]+\b[^\n]{0,60}\b(18|19|20)\d\d\b/.test(textOf(file))
    assert.deepEqual(
      formulas.filter((file) => !isPublished(file)),
      Object.keys(OURS),
    )
  })

  it('have their golden file where one is named', () => {
    const named = formulas.flatMap((file) =>
      [...textOf(file).matchAll(/golden\s+(?:\*\s+)?section\s+(?:\*\s+)?`([a-z-]+)`/g)].map(([, section]) => section!),
    )
    assert.ok(new Set(named).size >= 8, `${named.join(' ')}`)
    for (const section of named) {
      assert.equal((JSON.parse(textOf(`test/golden/${section}.json`)) as { section: string }).section, section)
    }
  })
})
