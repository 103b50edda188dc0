import type { EffectName, PolicyConfig } from '../../config/shape.ts'
import type { BaselineMetric } from '../../baseline/baseline.ts'
import type { Share } from '../budget.ts'
import type { CheckName, Effect } from '../check.ts'
import { limitsOf } from '../question.ts'
import type { BaselineBudget } from './baseline-budget.ts'

/** One indicator, a cell or a rate, with all that its answer is held against. */
export interface BaselineQuestion {
  cell: number
  key: string
  effect: Effect['name']
  effectMin: number
  /** PASS needs the whole interval inside; null = not a headline. */
  margin: number | null
  zRequired: readonly number[]
}

const CELLS_WEIGHT = 0.8
const HEADLINE_SHARE_MIN = 0.02
const SHARE_OF: Partial<Record<CheckName, Share>> = {
  ...{ numeric: 'features', categorical: 'features', boolean: 'features', engagement: 'engagement' },
  ...{ representation: 'population', missing: 'quality', range: 'quality' },
}

export function baselineQuestions(
  check: CheckName,
  { cells, counts }: Pick<BaselineMetric, 'cells' | 'counts'>,
  policy: PolicyConfig,
  budget: BaselineBudget,
): BaselineQuestion[] {
  const share = SHARE_OF[check]!
  if (cells === null || counts === null) {
    const effect = check === 'engagement' ? 'relative' : check === 'representation' ? 'share' : 'difference'
    return [{ cell: 0, key: 'rate', effect, zRequired: budget.zRequired(share, 1), ...limitsOf(policy, check as EffectName) }] // prettier-ignore
  }
  const total = counts.reduce((sum, count) => sum + count, 0)
  const isLarge = (count: number): boolean => count >= HEADLINE_SHARE_MIN * total
  // Where names are so many that no cell is large, all of them are headlines: a check without one would pass unseen.
  const isHeadline = counts.some(isLarge) ? isLarge : () => true
  const nameOf = (count: number, cell: number): EffectName => {
    if (check === 'representation') return 'representation'
    return count === 0 || (cells.kind === 'names' && cell === cells.names.length) ? 'newCell' : 'cell'
  }
  return counts.map((count, cell) => {
    const { effectMin, margin } = limitsOf(policy, nameOf(count, cell))
    return {
      ...{
        cell,
        key: `${cells.kind} cell ${cell}`,
        effect: 'share',
        effectMin,
        margin: isHeadline(count) ? margin : null,
      },
      zRequired: budget.zRequired(share, CELLS_WEIGHT / counts.length),
    }
  })
}
