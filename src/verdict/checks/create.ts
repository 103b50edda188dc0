import type { Config, StreamConfig } from '../../config/shape.ts'
import { planStream } from '../../pane/plan.ts'
import { Budget, isCountedByRate } from '../budget.ts'
import { DriftWatch } from '../drift-watch.ts'
import type { ComparedCheck } from '../drift-watch.ts'
import type { Watched } from '../watched.ts'
import { categoricalCheck } from './categorical-check.ts'
import type { CheckContext } from './context.ts'
import { ContractWatch } from './contract-watch.ts'
import { IncompleteWatch } from './incomplete-watch.ts'
import { numericCheck } from './numeric-check.ts'
import {
  booleanCheck,
  booleanSegmentCheck,
  duplicatesCheck,
  engagementCheck,
  latenessCheck,
  missingCheck,
  rangeCheck,
} from './rates.ts'
import { schemaChecks } from './schema-checks.ts'

/**
 * Every check of a group of streams, in the order of reports: by stream, distributions first. Of the closed list `sample-ratio`,
 * `cross-cohort` and `volume` are not built: they are absent, never passed.
 *
 * @param begin the slice before the first one that will be added: 0 at the watch's start
 */
export function createChecks(
  config: Pick<Config, 'policy' | 'streams' | 'panes'>,
  group: readonly StreamConfig[],
  begin: number,
): Watched[] {
  const budget = new Budget(config)
  const plans = new Map(group.map((stream) => [stream.name, planStream(stream, config)]))
  return group.flatMap((stream) => {
    const context: CheckContext = { config, stream, plan: plans.get(stream.name)!, plans, budget, begin }
    const compared = comparedChecks(context).map((check) => new DriftWatch(check))
    return [...compared, new ContractWatch(context), new IncompleteWatch(context)]
  })
}

function comparedChecks(context: CheckContext): ComparedCheck[] {
  const { stream } = context
  const { fields, engagement } = stream
  return [
    ...fields.flatMap((_, at) => distributionCheck(context, at)),
    ...fields.map((_, at) => missingCheck(context, at)),
    ...fields.flatMap(({ kind }, at) => (kind === 'numeric' ? [rangeCheck(context, at)] : [])),
    ...engagement.map((metric) => engagementCheck(context, metric)),
    ...(stream.id === null ? [] : [duplicatesCheck(context)]),
    latenessCheck(context),
    ...schemaChecks(context),
  ]
}

function distributionCheck(context: CheckContext, at: number): ComparedCheck[] {
  const field = context.stream.fields[at]!
  switch (field.kind) {
    case 'numeric':
      return [numericCheck(context, at)]
    case 'categorical':
      return [categoricalCheck(context, at)]
    case 'boolean':
      if (field.role === 'segment') return [booleanSegmentCheck(context, at)]
      return isCountedByRate(context.stream, field) ? [] : [booleanCheck(context, at)]
  }
}
