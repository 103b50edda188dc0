import { utc } from '../verdict/figures.ts'
import { OUTCOMES } from './comparison.ts'
import type { Compared, Row } from './comparison.ts'
import { nameOf } from './report.ts'
import type { VerifyReport } from './report.ts'

/** The report for people at a terminal: the verdict first, one table, then why anything in it is not simply equal. */
export function verifyText({ verdict, reason, rows, differing, unreadable }: VerifyReport): string {
  const first = differing.slice(0, SHOWN_MAX).map(differenceText)
  const why = rows.flatMap(({ level, of, reasons }) =>
    reasons.filter(({ outcome }) => outcome !== 'differs').map(({ outcome, reason: text, count, fromMs, toMs }) =>
      `${level} of ${of}: ${count} ${outcome}: ${text}${rangeText(fromMs, toMs)}`,
    ),
  ) // prettier-ignore
  const parts = [
    `${verdict}  ${reason}\n`,
    table([HEAD, ...rows.map(cellsOf)]),
    ...(unreadable.length > 0 ? [`could not be read: ${unreadable.join('; ')}\n`] : []),
    ...(first.length > 0 ? [first.join('')] : []),
    ...(why.length > 0 ? [`${why.join('\n')}\n`] : []),
  ]
  return parts.join('\n')
}

const SHOWN_MAX = 5
const HEAD = ['level', 'of', ...OUTCOMES, 'equal from', 'to', 'recomputed', 'on record']

function cellsOf({ level, of, counts, fromMs, toMs, recomputed, onRecord }: Row): string[] {
  const numbers = OUTCOMES.map((outcome) => String(counts[outcome]))
  const times = [fromMs, toMs].map((timeMs) => (timeMs === null ? '' : utc(timeMs)))
  return [level, of, ...numbers, ...times, shortened(recomputed), shortened(onRecord)]
}

function differenceText(each: Compared): string {
  const { recomputed, onRecord, reason } = each
  return `differs: ${nameOf(each)}: ${reason}\n  recomputed  ${recomputed ?? 'none'}\n  on record   ${onRecord ?? 'none'}\n`
}

function rangeText(fromMs: number | null, toMs: number | null): string {
  if (fromMs === null || toMs === null) return ''
  return fromMs === toMs ? ` (${utc(fromMs)})` : ` (${utc(fromMs)} to ${utc(toMs)})`
}

/** Enough to compare by eye; the whole ones stand in the JSON. */
function shortened(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12)
}

function table(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)))
  const isNumber = (at: number): boolean => at >= 2 && at < 2 + OUTCOMES.length
  return lines
    .map(
      (line) =>
        `${line
          .map((text, at) => (isNumber(at) ? text.padStart(widths[at]!) : text.padEnd(widths[at]!)))
          .join('  ')
          .trimEnd()}\n`,
    ) // prettier-ignore
    .join('')
}
