import type { EffectName } from '../../config/shape.ts'
import { contrastsOf } from '../../evidence/field-contrasts.ts'
import type { ContrastPlan } from '../../evidence/field-contrasts.ts'
import type { CellsFrozen } from '../../ledger/record.ts'
import type { Share } from '../budget.ts'
import type { Effect } from '../check.ts'
import { limitsOf } from '../question.ts'
import type { Question } from '../question.ts'
import type { CheckContext } from './context.ts'

/** Cells that held less than this at the cut are no headline: a margin of three points says nothing of them. */
const HEADLINE_SHARE_MIN = 0.02

/**
 * The questions of a distribution on its frozen cells, in the order of statistics.md 5. A headline is p1 and p2 of a numeric
 * field, every cell of at least 2 % of a categorical one; where names are so many that no cell has 2 %, every cell is one:
 * a check without headline would pass without having looked.
 */
export function distributionQuestions(
  { config, budget }: Pick<CheckContext, 'config' | 'budget'>,
  check: 'numeric' | 'categorical' | 'representation',
  { cells, counts, cut }: CellsFrozen,
): Question[] {
  const share: Share = check === 'representation' ? 'population' : 'features'
  const total = counts.reduce((sum, count) => sum + count, 0)
  const isLarge = (cell: number): boolean => total > 0 && counts[cell]! >= HEADLINE_SHARE_MIN * total
  const anyIsLarge = counts.some((_, cell) => isLarge(cell))
  const isHeadline = ({ kind, cell }: ContrastPlan): boolean => {
    if (kind === 'omnibus') return false
    if (kind === 'cell') return check !== 'numeric' && (isLarge(cell) || !anyIsLarge)
    return true
  }

  const effectNameOf = ({ kind, cell }: ContrastPlan): EffectName => {
    if (kind !== 'cell') return kind as 'location' | 'spread' | 'omnibus'
    if (check === 'representation') return 'representation'
    return counts[cell] === 0 || (cells.kind === 'names' && cell === cells.names.length) ? 'newCell' : 'cell'
  }

  return contrastsOf(check, counts.length).map((plan) => {
    const { effectMin, margin } = limitsOf(config.policy, effectNameOf(plan))
    return {
      ...plan,
      key: plan.kind === 'cell' ? `cell ${cut}:${plan.cell}` : plan.kind,
      effect: plan.kind === 'cell' ? 'share' : (plan.kind as Effect['name']),
      effectMin,
      margin: isHeadline(plan) ? margin : null,
      zRequired: budget.zRequired(share, plan.weight),
    }
  })
}
