import { strongestCells } from '../evidence/field-contrasts.ts'
import type { Term } from '../evidence/term.ts'
import { halfWidth, read } from './question.ts'
import type { Comparison, Question } from './question.ts'

/** The finest windows are too noisy to say that all is well again. */
const CALM_FROM_LEVEL = 2

/**
 * Is the fault surely over (statistics.md 8)? Judged on the contrast that fired, over the windows "3 blocks + partial" of levels
 * 2, 3, … that start after the slice that fired: the first whose interval is narrow enough decides. Only windows offered now.
 *
 * An omnibus has no interval: its outermost cell stands in. When the cells changed since it fired, the outermost cell of each
 * calm window does.
 *
 * @param firedNumber the slice that fired, 1-based: windows start after it
 */
export function judgeCalm(
  comparisons: readonly Comparison[],
  calmKey: string,
  firedNumber: number,
): { calm: boolean | null; calmStart: number | null } {
  for (const { comparison, questionFor } of judgedOn(comparisons, calmKey)) {
    for (const { blocks, level, start, sums: term } of comparison.sums.offered(firedNumber)) {
      if (blocks !== 3 || level < CALM_FROM_LEVEL) continue
      const question = questionFor(term)
      if (question === null) continue
      const reading = read(term, question, comparison)
      const half = halfWidth(reading)
      if (half > question.effectMin / 2) continue
      return { calm: Math.abs(reading.estimate) + half < question.effectMin, calmStart: start }
    }
  }
  return { calm: null, calmStart: null }
}

/** The question about the cell with the largest U²/floor; null where no cell varies. */
export function outermostCell(term: Term, questions: readonly Question[]): Question | null {
  const [outermost] = strongestCells(term, 1)
  return questions.find(({ kind, cell }) => kind === 'cell' && cell === outermost) ?? null
}

interface JudgedOn {
  comparison: Comparison
  questionFor(term: Term): Question | null
}

function judgedOn(comparisons: readonly Comparison[], calmKey: string): JudgedOn[] {
  const same = comparisons.flatMap((comparison) => {
    const question = comparison.questions.find(({ key }) => key === calmKey)
    return question === undefined ? [] : [{ comparison, questionFor: () => question }]
  })
  if (same.length > 0) return same
  return comparisons.map((comparison) => ({
    comparison,
    questionFor: (term) => outermostCell(term, comparison.questions),
  }))
}
