import { strongestCells } from '../../evidence/field-contrasts.ts'
import type { Term } from '../../evidence/term.ts'
import type { CellsFrozen } from '../../ledger/record.ts'
import { highDouble, lowDouble } from '../../sketch/bin-index.ts'
import { measured, percent } from '../figures.ts'
import type { Question } from '../question.ts'
import { subjectOf } from '../subject.ts'
import { CellsCheck, sharesOf } from './cells-check.ts'
import type { CellTeller } from './cells-check.ts'
import type { CheckContext } from './context.ts'
import { distributionQuestions } from './distribution-questions.ts'

export function numericCheck(context: CheckContext, fieldAt: number): CellsCheck {
  const { stream, budget, begin } = context
  return new CellsCheck({
    subject: subjectOf(stream.name, 'numeric', stream.fields[fieldAt]!.name),
    fieldAt,
    levels: budget.levels,
    begin,
    questionsOf: (frozen) => distributionQuestions(context, 'numeric', frozen),
    tellerOf: (frozen) => new NumericTeller(frozen),
  })
}

/** Figures of a window (statistics.md 7) from its counts by cell: exact shares, and quantiles as exact as ten cells allow. */
export class NumericTeller implements CellTeller {
  readonly #cuts: readonly number[]
  readonly #counts: readonly number[]

  constructor({ cells, counts }: CellsFrozen) {
    this.#cuts = cells.kind === 'numeric' ? cells.cuts : []
    this.#counts = counts
  }

  add(): void {
    // Cells of numbers name themselves.
  }

  tell(term: Term, { kind, cell }: Question): string {
    switch (kind) {
      case 'location':
        return `median ${this.#quantile(term, 1, 0.5)} in the candidate against ${this.#quantile(term, 0, 0.5)} in the control`
      case 'spread':
        return `middle 80 % ${this.#middle(term, 1)} in the candidate against ${this.#middle(term, 0)} in the control`
      case 'omnibus':
        return strongestCells(term, 3)
          .map((each) => this.#tellCell(term, each))
          .join('; ')
      default:
        return this.#tellCell(term, cell)
    }
  }

  #tellCell(term: Term, cell: number): string {
    const [control, candidate] = sharesOf(term, cell)
    return `${percent(candidate)} of candidate values are ${this.nameOf(cell)} against ${percent(control)} of control`
  }

  nameOf(cell: number): string {
    return `${this.#placeOf(cell)}${this.#counts[cell] === 0 ? ', not seen before' : ''}`
  }

  #placeOf(cell: number): string {
    const [low, high] = [this.#cuts[cell - 1], this.#cuts[cell]]
    if (low === undefined) return `below ${measured(lowestValue(high! + 1))}`
    if (high === undefined) return `above ${measured(highestValue(low))}`
    if (low + 1 === high && high === 0) return 'exactly 0'
    const [above, upTo] = [measured(highestValue(low)), measured(highestValue(high))]
    return above === upTo ? `about ${upTo}` : `in (${above}, ${upTo}]`
  }

  #middle(term: Term, cohort: 0 | 1): string {
    const [low, high] = [this.#quantile(term, cohort, 0.1), this.#quantile(term, cohort, 0.9)]
    return low === high ? low : `from ${low} to ${high}`
  }

  /** Even spread inside a cell is assumed; the two outermost have no far end. */
  #quantile(term: Term, cohort: 0 | 1, q: number): string {
    const counts = term.counts[cohort]
    const total = counts.reduce((sum, count) => sum + count, 0)
    let below = 0
    let cell = 0
    while (cell < counts.length - 1 && below + counts[cell]! < q * total) below += counts[cell++]!
    if (total === 0) return 'unknown'
    const [low, high] = [this.#cuts[cell - 1], this.#cuts[cell]]
    // A cell that held a tenth when it was cut, and now holds most: where in it, nobody knows.
    if (low === undefined || high === undefined || counts[cell]! >= total / 2) return this.#placeOf(cell)
    const share = counts[cell]! === 0 ? 0 : (q * total - below) / counts[cell]!
    return `about ${measured(lowestValue(low + 1) * (1 - share) + highestValue(high) * share)}`
  }
}

function lowestValue(fullIndex: number): number {
  return fullIndex >= 0 ? lowDouble(fullIndex, 0) : highDouble(fullIndex, 0)
}

function highestValue(fullIndex: number): number {
  return fullIndex >= 0 ? highDouble(fullIndex, 0) : lowDouble(fullIndex, 0)
}
