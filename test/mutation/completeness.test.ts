import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import ts from 'typescript'
import { CONSTANTS } from './constants.ts'
import { EXEMPT } from './exempt.ts'
import { breakText } from './mutant.ts'
import type { Mutant } from './mutant.ts'
import { ROOT } from './run-broken.ts'

/** What decides. A number that is written here for the first time belongs on the list, with a test that sees it broken. */
const DECIDING = ['src/evidence/*.ts', 'src/verdict/**/*.ts', 'src/config/defaults.ts']
/** These stand in every program. */
const PLAIN = new Set(['0', '1', '2'])

interface Place {
  from: number
  to: number
}

const sources = new Map<string, string>()
function sourceOf(file: string): string {
  const source = sources.get(file) ?? readFileSync(path.join(ROOT, file), 'utf8')
  sources.set(file, source)
  return source
}

describe('the list of constants', () => {
  it('names each text as it stands in its file, once, another text in its place, and a test that is there', () => {
    for (const mutant of CONSTANTS) {
      assert.notEqual(breakText(sourceOf(mutant.file), mutant), sourceOf(mutant.file))
      assert.ok(existsSync(path.join(ROOT, `test/${mutant.test}.test.ts`)), `no test ${mutant.test}`)
    }
  })

  it('breaks nothing twice in the same way', () => {
    const breaks = CONSTANTS.map(({ file, text, broken }) => `${file}: ${text} as ${broken}`)
    assert.deepEqual(breaks, [...new Set(breaks)])
  })

  it('holds every number of what decides, or says why it does not', () => {
    const missing = DECIDING.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
      .sort()
      .flatMap((file) => {
        const known = [...CONSTANTS.filter((each) => each.file === file).map(changeOf), ...exemptIn(file)]
        return numbersIn(file)
          .filter((number) => !known.some(({ from, to }) => from <= number.to && number.from <= to))
          .map(({ from, to }) => `${file}:${lineOf(file, from)} ${sourceOf(file).slice(from, to)}`)
      })
    assert.deepEqual(missing, [], 'add them to test/mutation/constants/, or to exempt.ts with the reason')
  })

  it('exempts nothing that is not there', () => {
    for (const { file, text } of EXEMPT) {
      const places = placesOf(file, text)
      const held = numbersIn(file).filter(({ from }) => places.some((place) => place.from <= from && from < place.to))
      assert.ok(held.length > 0, `${file} holds no number in ${JSON.stringify(text)}`)
    }
  })
})

/** Where a mutant's text really differs from what it becomes: the rest of it only says which place is meant. */
function changeOf(mutant: Mutant): Place {
  const { file, text, broken } = mutant
  let same = 0
  while (same < text.length && text[same] === broken[same]) same++
  let after = 0
  while (after < text.length - same && after < broken.length - same && text.at(-1 - after) === broken.at(-1 - after)) after++ // prettier-ignore
  const at = sourceOf(file).indexOf(text)
  return { from: at + same, to: at + text.length - after }
}

function exemptIn(file: string): Place[] {
  return EXEMPT.filter((each) => each.file === file).flatMap(({ text }) => placesOf(file, text))
}

function placesOf(file: string, text: string): Place[] {
  const places: Place[] = []
  const source = sourceOf(file)
  for (let from = source.indexOf(text); from >= 0; from = source.indexOf(text, from + text.length)) {
    places.push({ from, to: from + text.length })
  }
  return places
}

/** Numbers in the code of a file, types and plain ones aside. */
function numbersIn(file: string): Place[] {
  const numbers: Place[] = []
  const source = ts.createSourceFile(file, sourceOf(file), ts.ScriptTarget.Latest, true)
  const visit = (node: ts.Node): void => {
    if (ts.isNumericLiteral(node) && !ts.isLiteralTypeNode(node.parent) && !PLAIN.has(node.getText(source))) {
      numbers.push({ from: node.getStart(source), to: node.getEnd() })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return numbers
}

function lineOf(file: string, at: number): number {
  return sourceOf(file).slice(0, at).split('\n').length
}
