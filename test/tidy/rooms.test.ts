import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'

const root = path.join(import.meta.dirname, '../..')
const sources = globSync('src/**/*.ts', { cwd: root }).map((file) => ({
  file,
  text: readFileSync(path.join(root, file), 'utf8'),
}))

/** The pure rooms (docs/architecture.md) and the three pipe files. */
const INSIDE = [
  'baseline',
  'decode',
  'contract',
  'cohort',
  'sketch',
  'pane',
  'slice',
  'evidence',
  'verdict',
  'alert',
  'ledger',
]
const PIPES = ['src/observe.ts', 'src/assemble.ts', 'src/judge.ts']
/** Types that both halves speak: they hold no code that does anything. */
const SHARED = ['src/errors.ts', 'src/config/shape.ts', 'src/log/log.ts']

const isInside = (file: string): boolean => PIPES.includes(file) || INSIDE.includes(file.split('/')[1] ?? '')
const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:^import [^'\n]*|^\} from |^export [^'\n]*from |\bimport\()'([^']+)'/gm)].map(
    (match) => match[1]!,
  )

describe('the rooms', () => {
  it('inside never imports outside', () => {
    const wrong = sources
      .filter(({ file }) => isInside(file))
      .flatMap(({ file, text }) =>
        importsOf(text)
          .filter((each) => each.startsWith('.'))
          .map((each) => path.normalize(path.join(path.dirname(file), each)))
          .filter((target) => !isInside(target) && !SHARED.includes(target))
          .map((target) => `${file} imports ${target}`),
      )
    assert.deepEqual(wrong, [])
  })

  it('inside uses only pure packages', () => {
    const pure = ['node:assert', 'node:assert/strict', 'node:buffer', 'node:crypto', 'node:zlib', 'avsc']
    const wrong = sources
      .filter(({ file }) => isInside(file))
      .flatMap(({ file, text }) =>
        importsOf(text)
          .filter((each) => !each.startsWith('.') && !pure.includes(each))
          .map((each) => `${file} imports ${each}`),
      )
    assert.deepEqual(wrong, [])
  })

  it('inside knows no clock, no randomness and no process', () => {
    const impure =
      /\b(Date\.now|performance\.now|Math\.random|randomBytes|randomUUID|setTimeout|setInterval)\b|\bnew Date\(\)|(?<![#.\w])process\./
    const wrong = sources
      .filter(({ file }) => isInside(file))
      .flatMap(({ file, text }) =>
        withoutComments(text)
          .split('\n')
          .map((line, at) => ({ file, line, at: at + 1 })),
      )
      .filter(({ line }) => impure.test(line))
      .map(({ file, line, at }) => `${file}:${at} ${line.trim()}`)
    assert.deepEqual(wrong, [])
  })

  it('pages are functions of the facts they are given: types of the HTTP room aside, they import what is inside', () => {
    const wrong = sources
      .filter(({ file }) => file.startsWith('src/page/'))
      .flatMap(({ file, text }) =>
        [...text.matchAll(/^(import (?:type )?)[^']*'([^']+)'/gm)]
          .map(([, kind, each]) => ({
            kind,
            target: path.normalize(path.join(path.dirname(file), each!)),
            each: each!,
          }))
          .filter(({ kind, target, each }) => {
            if (!each.startsWith('.')) return true
            return !target.startsWith('src/page/') && !isInside(target) && !(target === 'src/http/facts.ts' && kind === 'import type ') // prettier-ignore
          })
          .map(({ each }) => `${file} imports ${each}`),
      )
    assert.deepEqual(wrong, [])
  })

  it('what decides uses no function whose last bit may differ between machines', () => {
    const decides = ['baseline', 'evidence', 'slice', 'verdict', 'pane', 'cohort', 'contract']
    const display = ['src/evidence/distances.ts', 'src/verdict/drift.ts']
    const inexact =
      /\bMath\.(log|log2|log10|log1p|exp|expm1|pow|hypot|sin|cos|tan|asin|acos|atan|sinh|cosh|tanh|cbrt)\b|\*\*/
    const wrong = sources
      .filter(
        ({ file }) => (PIPES.includes(file) || decides.includes(file.split('/')[1] ?? '')) && !display.includes(file),
      )
      .flatMap(({ file, text }) =>
        withoutComments(text)
          .split('\n')
          .map((line, at) => ({ file, line, at: at + 1 })),
      )
      .filter(({ line }) => inexact.test(line))
      .map(({ file, line, at }) => `${file}:${at} ${line.trim()}`)
    assert.deepEqual(wrong, [])
  })

  it('the three pipe files each read as one page', () => {
    for (const file of PIPES) {
      const { text } = sources.find((each) => each.file === file)!
      assert.ok(text.split('\n').length <= 300, `${file} has grown beyond a page`)
    }
  })
})

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:])\/\/.*$/gm, '$1')
}
