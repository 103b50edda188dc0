import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, Node } from 'yaml'
import type { Path } from './path.ts'
import type { ConfigProblem } from './problem.ts'

export interface Place {
  line: number
  column: number
}

/** A YAML text with its plain value, and where in the text each part of that value stands. */
export interface Source {
  /** Undefined when the text cannot be read as one document. */
  value: unknown
  problems: ConfigProblem[]
  /** Of the value at the path; of the nearest parent that stands in the text where there is none. */
  placeOf(path: Path): Place
  /** Of the key itself. */
  placeOfKey(path: Path): Place
  /** A scalar as it is written, without quotes. */
  textOf(path: Path): string | undefined
}

export function parseSource(text: string): Source {
  const lines = new LineCounter()
  // No pretty errors: they quote the line, and it may hold a password.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const problems = document.errors.map((error) => ({
    ...place(error.pos[0]),
    key: '(YAML)',
    message: wordError(error),
  }))
  // A key given twice is a mistake beside which everything else can still be checked.
  const isReadable = document.errors.every((error) => error.code === 'DUPLICATE_KEY')
  const value = isReadable ? plainValue(document, problems) : undefined

  return {
    value,
    problems,
    placeOf: (path) => place(startOf(stepDown(document, path).node)),
    placeOfKey: (path) => {
      const { node, key } = stepDown(document, path)
      return place(startOf(key ?? node))
    },
    textOf: (path) => {
      const { node, depth } = stepDown(document, path)
      return depth === path.length && isScalar(node) && typeof node.source === 'string' ? node.source : undefined
    },
  }
}

function wordError(error: { code: string; message: string }): string {
  if (error.code === 'DUPLICATE_KEY') return 'this key stands here a second time'
  if (error.code === 'MULTIPLE_DOCS') return 'a second document begins here; a configuration is one document'
  const first = error.message.split('\n')[0] ?? error.message
  return `cannot be read as YAML: ${first}`
}

function plainValue(document: Document, problems: ConfigProblem[]): unknown {
  try {
    return document.toJS()
  } catch (error) {
    // An alias bomb, or an alias without its anchor.
    problems.push({ line: 1, column: 1, key: '(YAML)', message: `cannot be read as YAML: ${(error as Error).message}` })
    return undefined
  }
}

/** Follows the path as far as the text goes. `key` is the last key followed, if the path ends at one. */
function stepDown(document: Document, path: Path): { node: unknown; key: unknown; depth: number } {
  let node: unknown = document.contents
  let key: unknown
  let depth = 0
  for (const step of path) {
    const parent = isAlias(node) ? node.resolve(document) : node
    if (isMap(parent)) {
      const pair = parent.items.find(
        (item) => (isScalar(item.key) ? String(item.key.value) : item.key) === String(step),
      )
      if (pair === undefined) break
      key = pair.key
      // `key:` without a value has no node of its own.
      node = isNode(pair.value) && (pair.value as Node).range ? pair.value : pair.key
    } else if (isSeq(parent) && parent.items[Number(step)] !== undefined) {
      key = undefined
      node = parent.items[Number(step)]
    } else break
    depth++
  }
  return { node, key: depth === path.length ? key : undefined, depth }
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}
