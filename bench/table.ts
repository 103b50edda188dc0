import type { Row } from './row.ts'

export const HEADS = ['case', 'cost', 'per', 'ratio', 'goal', 'met', 'note']

/** Rows as aligned columns; columns that no row uses are left out. */
export function tableText(rows: readonly Row[]): string {
  const lines = [HEADS, ...rows.map(cellsOf)]
  const widths = HEADS.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)))
  const used = HEADS.map((_, column) => column).filter((column) => lines.slice(1).some((cells) => cells[column] !== ''))
  const text = lines.map((cells) => used.map((column) => aligned(cells[column]!, widths[column]!, column)).join('  ').trimEnd()) // prettier-ignore
  return `${text.join('\n')}\n`
}

export function cellsOf({ name, ns, per = '', mb, ratio, goal = '', isMet, note = '' }: Row): string[] {
  const cost =
    ns !== undefined ? timeText(ns) : mb !== undefined ? `${mb < 10 ? mb.toFixed(1) : Math.round(mb)} MB` : ''
  const met = isMet === undefined ? '' : isMet ? 'yes' : 'NO'
  return [name, cost, per, ratio === undefined ? '' : ratio.toFixed(2), goal, met, note]
}

function timeText(ns: number): string {
  if (ns < 100) return `${ns.toFixed(1)} ns`
  if (ns < 10_000) return `${Math.round(ns)} ns`
  return ns < 1e6 ? `${(ns / 1000).toFixed(1)} µs` : `${(ns / 1e6).toFixed(1)} ms`
}

/** Cost and ratio are numbers. */
function aligned(cell: string, width: number, column: number): string {
  return column === 1 || column === 3 ? cell.padStart(width) : cell.padEnd(width)
}
