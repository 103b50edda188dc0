import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml'
import type { Document } from 'yaml'
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
}

export function parseSource(text: string): Source {
  const lines = new LineCounter()
  // No pretty errors: they quote the line, and it may hold a password.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    ...place(error.pos[0]),
    key: '(YAML)',
    message: wordError(error),
  }))
  // A key given twice is a mistake beside which everything else can still be checked.
  let isReadable = document.errors.every((error) => error.code === 'DUPLICATE_KEY')
  visit(document, {
    Alias: (_, node) => {
      if (node.resolve(document) !== undefined) return
      isReadable = false
      const message = 'an alias whose anchor (&) stands nowhere before it; quote a text that begins with "*"'
      problems.push({ ...place(startOf(node)), key: '(YAML)', message })
    },
  })
  const value = isReadable ? plainValue(document, problems) : undefined

  return {
    value,
    problems,
    placeOf: (path) => place(startOf(stepDown(document, path).node)),
    placeOfKey: (path) => {
      const { node, key } = stepDown(document, path)
      return place(startOf(key ?? node))
    },
  }
}

function wordError(error: { code: string; message: string }): string {
  if (error.code === 'DUPLICATE_KEY') return 'this key stands here a second time'
  if (error.code === 'MULTIPLE_DOCS') return 'a second document begins here; a configuration is one document'
  // The message would repeat the tag, which may be the beginning of a password.
  if (error.code === 'TAG_RESOLVE_FAILED') return 'an unknown tag; quote a text that begins with "!"'
  const first = error.message.split('\n')[0] ?? error.message
  return `cannot be read as YAML: ${first}`
}

function plainValue(document: Document, problems: ConfigProblem[]): unknown {
  try {
    return document.toJS()
  } catch (error) {
    // An alias bomb.
    problems.push({ line: 1, column: 1, key: '(YAML)', message: `cannot be read as YAML: ${(error as Error).message}` })
    return undefined
  }
}

/** Follows the path as far as the text goes. `key` is the last key followed, if the path ends at one. */
function stepDown(document: Document, path: Path): { node: unknown; key: unknown } {
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
      node = pair.value ?? pair.key
    } else if (isSeq(parent) && parent.items[Number(step)] !== undefined) {
      key = undefined
      node = parent.items[Number(step)]
    } else break
    depth++
  }
  return { node, key: depth === path.length ? key : undefined }
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}
