import type { BaselineMetric } from '../../baseline/baseline.ts'
import { highDouble, lowDouble } from '../../sketch/bin-index.ts'
import type { CheckName } from '../check.ts'
import { measured, percent, plusMinus, quoted } from '../figures.ts'
import { tellInterval, unitOf } from '../tell.ts'
import type { BaselineQuestion } from './baseline-questions.ts'
import type { BaselineReading } from './baseline-reading.ts'
import type { BaselineTerm } from './baseline-term.ts'

/** `12.1 % of candidate values are in (3, 4] against 8.0 % in the baseline's same hours, +4.1 pp [+3.5, +4.7], days differ by ±1.2 pp` */
export function tellBaseline(
  { check, cohort, metric }: { check: CheckName; cohort: string; metric: BaselineMetric },
  { cell, effect }: BaselineQuestion,
  { estimate, half, tolerance }: BaselineReading,
  term: Pick<BaselineTerm, 'counts' | 'w'>,
): string {
  const [live, expected] = [term.counts[0][cell]! / term.w, term.counts[1][cell]! / term.w]
  const unit = unitOf(effect)
  const moved = tellInterval({ name: effect, estimate, low: estimate - half, high: estimate + half })
  const days = tolerance === null ? '' : `, tolerated between days ${plusMinus(tolerance, unit)}`
  const predicate = predicateOf(check, metric, cell)
  const subject = predicate === null ? `in the ${cohort}` : `of ${cohort} values ${predicate}`
  return `${percent(live)} ${subject} against ${percent(expected)} in the baseline's same hours, ${moved}${days}`
}

/** Null: of a rate its own name says what counts. */
function predicateOf(check: CheckName, { cells, counts }: BaselineMetric, cell: number): string | null {
  if (cells !== null && counts !== null) return `are ${nameOfCell(cells, counts, cell)}`
  switch (check) {
    case 'missing':
      return 'are missing'
    case 'range':
      return 'are outside the declared range'
    case 'engagement':
      return null
    default:
      return 'are true'
  }
}

function nameOfCell(cells: NonNullable<BaselineMetric['cells']>, counts: readonly number[], cell: number): string {
  switch (cells.kind) {
    case 'hashed':
      return `in hash bin ${cell}`
    case 'names':
      return cell < cells.names.length ? quoted(cells.names[cell]!) : 'new names'
    case 'numeric': {
      const unseen = counts[cell] === 0 ? ', not seen before' : ''
      const [low, high] = [cells.cuts[cell - 1], cells.cuts[cell]]
      if (low === undefined) return `below ${measured(lowestValue(high! + 1))}${unseen}`
      if (high === undefined) return `above ${measured(highestValue(low))}${unseen}`
      if (low + 1 === high && high === 0) return 'exactly 0'
      return `in (${measured(highestValue(low))}, ${measured(highestValue(high))}]${unseen}`
    }
  }
}

function lowestValue(fullIndex: number): number {
  return fullIndex >= 0 ? lowDouble(fullIndex, 0) : highDouble(fullIndex, 0)
}

function highestValue(fullIndex: number): number {
  return fullIndex >= 0 ? highDouble(fullIndex, 0) : lowDouble(fullIndex, 0)
}
