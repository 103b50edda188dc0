import { utc } from '../verdict/figures.ts'
import type { Comparison, Compared, Row } from './comparison.ts'
import { version } from '../version.ts'

export interface VerifyReport {
  report: 'evenkeel.verify/v1'
  codeVersion: string
  verdict: 'PASS' | 'FAIL' | 'INSUFFICIENT' | 'ERROR'
  reason: string
  rows: Row[]
  /** The first differences, in order: what others are made of comes first. At most 100; `rows` counts all. */
  differing: Compared[]
  /** What could not be read, and was needed. */
  unreadable: string[]
  /** Everything, where it was asked for. */
  compared: Compared[] | null
}

export const VERIFY_EXIT = { PASS: 0, FAIL: 1, INSUFFICIENT: 2, ERROR: 3 } as const

/** @param lengthAt of the panes of a stream at a time */
export function sealReport(
  comparison: Comparison,
  unreadable: readonly string[],
  lengthAt: (stream: string, timeMs: number) => number,
): VerifyReport {
  const { rows, differing, compared } = comparison.finish()
  const count = (outcome: keyof Row['counts']): number => rows.reduce((sum, { counts }) => sum + counts[outcome], 0)
  // The ledger's chain alone says nothing of what was counted and judged.
  const equal = rows.reduce((sum, { level, counts }) => sum + (level === 'ledger' ? 0 : counts.equal), 0)
  const said: Pick<VerifyReport, 'verdict' | 'reason'> =
    differing.length > 0
      ? { verdict: 'FAIL', reason: `${count('differs')} on record differ; the first: ${nameOf(differing[0]!)}: ${differing[0]!.reason}` } // prettier-ignore
      : unreadable.length > 0 || count('unreadable') > 0
        ? { verdict: 'ERROR', reason: unreadable[0] ?? firstReason(rows, 'unreadable') }
        : equal === 0
          ? { verdict: 'INSUFFICIENT', reason: 'nothing on record could be recomputed: there is nothing to verify' }
          : { verdict: 'PASS', reason: `${equal} on record were recomputed, and are equal${outOfReach(count('out-of-reach'))}` } // prettier-ignore
  const throughEnd = rows.map((row) => ({
    ...row,
    toMs: row.toMs === null ? null : row.toMs + lengthAt(row.of, row.toMs),
  }))
  return { report: 'evenkeel.verify/v1', codeVersion: version, ...said, rows: throughEnd, differing, unreadable: [...unreadable], compared } // prettier-ignore
}

function outOfReach(count: number): string {
  return count === 0 ? '' : `; ${count} are out of reach`
}

function firstReason(rows: readonly Row[], outcome: string): string {
  return rows.flatMap(({ reasons }) => reasons).find((each) => each.outcome === outcome)?.reason ?? ''
}

/** Which one it is, for people: `pane shop[1] 2026-03-02T01:05:00Z`. */
export function nameOf({ level, of, partition, startMs, id }: Compared): string {
  const noun = { ledger: 'record', panes: 'pane', slices: 'slice', cells: 'cells', alerts: 'alert' }[level]
  const place = `${of}${partition === null ? '' : `[${partition}]`}`
  return [noun, place, ...(startMs === null ? [] : [utc(startMs)]), ...(id === null ? [] : [id])].join(' ')
}
