import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Our pages as data: blocks of code, links, headings. */
export const ROOT = path.join(import.meta.dirname, '../..')

export interface Page {
  file: string
  text: string
  blocks: readonly Block[]
  /** The text outside of blocks. */
  prose: string
}

export interface Block {
  language: string
  text: string
  /** What an HTML comment just above the block says it is. */
  note: string
}

export function readPages(): Page[] {
  const files = ['*.md', 'docs/**/*.md'].flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort()
  return files.map((file) => pageOf(file, readFileSync(path.join(ROOT, file), 'utf8')))
}

export function readPage(file: string): Page {
  return pageOf(file, readFileSync(path.join(ROOT, file), 'utf8'))
}

function pageOf(file: string, text: string): Page {
  const fence = /(?:<!-- ([^>]+) -->\n)?^( *)```(\w*)\n([^]*?)^\2```$/gm
  const blocks = [...text.matchAll(fence)].map(([, note = '', indent, language, body]) => ({
    language: language!,
    text: body!.replaceAll(`\n${indent}`, '\n').slice(indent!.length),
    note,
  }))
  return { file, text, blocks, prose: text.replaceAll(fence, '') }
}

/** Command lines of our own program, in blocks and inside sentences: `evenkeel check --online` and the like. */
export function commandLinesOf({ blocks, prose }: Page): string[][] {
  const lines = blocks
    .filter(({ language }) => language === '')
    .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)
  return [...lines, ...inline].flatMap((line) => {
    const [, , command, rest] =
      /^\$? ?(evenkeel|npm run -s evenkeel --|npm run(?= demo)|docker (?:compose )?run --rm evenkeel|run|replay|verify|baseline|check|topics|demo)(?: (run|replay|verify|baseline|check|topics|demo))?((?: .*)?)$/.exec(line) ?? [] // prettier-ignore
    const bare = /^(run|replay|verify|baseline|check|topics|demo)(?= --)/.exec(line)?.[1]
    if (command === undefined && bare === undefined) return []
    // What stands two blanks behind a command is a remark.
    return [[command ?? bare!, ...rest!.split(/ {2,}/)[0]!.trim().split(/\s+/)]]
  })
}

/** The headings of a page as GitHub makes anchors of them. */
export function anchorsOf({ prose }: Page): Set<string> {
  const titles = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!)
  return new Set(titles.map((title) => title.toLowerCase().replaceAll(/[^\w\- ]/g, '').replaceAll(' ', '-'))) // prettier-ignore
}

/** The cells of every table row that follows the heading, until the next heading. */
export function rowsUnder({ text }: Page, heading: string): string[][] {
  const from = text.indexOf(`\n${heading}\n`)
  if (from < 0) throw new Error(`no heading ${heading}`)
  const rest = text.slice(from + heading.length + 2)
  const section = rest.slice(0, rest.search(/^#/m) < 0 ? undefined : rest.search(/^#/m))
  return [...section.matchAll(/^\| (.*) \|$/gm)]
    .map(([, row]) => row!.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .filter(([first]) => first !== '---')
}
