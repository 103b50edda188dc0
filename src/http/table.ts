import { csvText, markdownText } from './cell-text.ts'

/** What a list is besides JSON: flat records, one a line. Times are RFC 3339 in UTC, shares are shares, what is not there is empty. */
export interface Table {
  title: string
  columns: readonly string[]
  rows: readonly (readonly Cell[])[]
}

export type Cell = string | number | boolean | null

export type Column<Item> = readonly [name: string, of: (item: Item) => Cell]

export function tableOf<Item>(title: string, columns: readonly Column<Item>[], items: readonly Item[]): Table {
  return {
    title,
    columns: columns.map(([name]) => name),
    rows: items.map((item) => columns.map(([, of]) => of(item))),
  }
}

/** RFC 4180, with a line of names. No cell can begin a formula in a spreadsheet. */
export function toCsv({ columns, rows }: Table): string {
  const line = (cells: readonly Cell[]): string => cells.map((cell) => (typeof cell === 'string' ? csvText(cell) : bare(cell))).join(',') // prettier-ignore
  return [columns, ...rows].map((cells) => `${line(cells)}\r\n`).join('')
}

/** A heading and a table as GitHub reads them. No cell can be anything but text. */
export function toMarkdown({ title, columns, rows }: Table): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.map((cell) => (typeof cell === 'string' ? markdownText(cell) : bare(cell))).join(' | ')} |` // prettier-ignore
  const rule = `| ${columns.map(() => '---').join(' | ')} |`
  return `# ${markdownText(title)}\n\n${[line(columns.map((name) => name.replaceAll('_', ' '))), rule, ...rows.map(line)].join('\n')}\n`
}

function bare(cell: number | boolean | null): string {
  return cell === null || (typeof cell === 'number' && !Number.isFinite(cell)) ? '' : String(cell)
}
