import type { Config, EffectName, StreamConfig } from '../../config/shape.ts'
import type { StreamPlan } from '../../pane/plan.ts'
import type { FieldTallies, Tallies } from '../../pane/pane.ts'
import type { Slice } from '../../slice/slice.ts'
import type { Budget, Share } from '../budget.ts'
import type { Effect } from '../check.ts'
import { limitsOf } from '../question.ts'
import type { Question } from '../question.ts'

/** What the makers of checks are given. */
export interface CheckContext {
  config: Pick<Config, 'policy' | 'streams' | 'panes'>
  stream: StreamConfig
  plan: StreamPlan
  /** By stream name, of the whole group. */
  plans: ReadonlyMap<string, StreamPlan>
  budget: Budget
  /** The slice before the first one that will be added. */
  begin: number
}

export function talliesOf(slice: Slice, stream: string): Tallies {
  const found = slice.streams.find(({ name }) => name === stream)
  if (found === undefined) throw new TypeError(`slice ${slice.number} of ${slice.stream} does not hold ${stream}`)
  return found.tallies
}

export function fieldOf(slice: Slice, stream: string, at: number): FieldTallies {
  return talliesOf(slice, stream).fields[at]!
}

/** The one question of a rate. */
export function rateQuestion(
  { config, budget }: Pick<CheckContext, 'config' | 'budget'>,
  share: Share,
  effectName: EffectName,
  options: { weight?: number; effect?: Effect['name']; key?: string } = {},
): Question {
  const { weight = 1, effect = 'difference', key = 'rate' } = options
  const zRequired = budget.zRequired(share, weight)
  return { kind: 'rate', cell: -1, weight, key, effect, zRequired, ...limitsOf(config.policy, effectName) }
}
