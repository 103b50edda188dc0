import type { Baseline } from '../../baseline/baseline.ts'
import type { Config, StreamConfig } from '../../config/shape.ts'
import { planStream } from '../../pane/plan.ts'
import { Budget, isCountedByRate } from '../budget.ts'
import { DriftWatch } from '../drift-watch.ts'
import type { ComparedCheck } from '../drift-watch.ts'
import type { Watched } from '../watched.ts'
import { AcceptedSums } from './accepted-sums.ts'
import { baselineChecks } from './baseline-checks.ts'
import { categoricalCheck } from './categorical-check.ts'
import type { CheckContext } from './context.ts'
import { ContractWatch } from './contract-watch.ts'
import { CrossCohortWatch } from './cross-cohort-watch.ts'
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
import { SampleRatioWatch } from './sample-ratio-watch.ts'
import { schemaChecks } from './schema-checks.ts'
import { SegmentChecks } from './segment-checks.ts'
import { UnitBook } from './unit-book.ts'
import { VolumeWatch } from './volume-watch.ts'

/**
 * Every check of a group of streams, in the order of reports: by stream, distributions first. What a configuration leaves no
 * room for is absent, never passed: `sample-ratio` without an allocation, `cross-cohort` without a unit, `duplicates` without
 * an id.
 *
 * @param begin the slice before the first one that will be added: 0 at the watch's start
 */
export function createChecks(
  config: Pick<Config, 'policy' | 'streams' | 'panes'>,
  group: readonly StreamConfig[],
  begin: number,
  baseline: Baseline | null = null,
): Watched[] {
  return contextsOf(config, group, begin).flatMap((context) => {
    const compared = comparedChecks(context).map((check) => new DriftWatch(check, context.budget.looks))
    const withBaseline = baseline === null ? [] : baselineChecks(context, baseline)
    const population = populationChecks(context)
    return [...compared, ...population, ...withBaseline, new ContractWatch(context), new IncompleteWatch(context)]
  })
}

/** Those inside segments, which come into being later. */
export function createSegmentChecks(
  config: Pick<Config, 'policy' | 'streams' | 'panes'>,
  group: readonly StreamConfig[],
): SegmentChecks {
  return new SegmentChecks(contextsOf(config, group, 0))
}

function contextsOf(
  config: Pick<Config, 'policy' | 'streams' | 'panes'>,
  group: readonly StreamConfig[],
  begin: number,
): CheckContext[] {
  const budget = new Budget(config)
  const plans = new Map(group.map((stream) => [stream.name, planStream(stream, config)]))
  return group.map((stream) => ({ config, stream, plan: plans.get(stream.name)!, plans, budget, begin }))
}

/** Who came, in which cohort, and how much of it. Where nothing is planned or nobody can come back, a check is absent. */
function populationChecks(context: CheckContext): Watched[] {
  const { stream, begin } = context
  const book = new UnitBook(stream, begin)
  return [
    ...(stream.allocation === null ? [] : [new SampleRatioWatch(context, book)]),
    ...(stream.unit === null ? [] : [new CrossCohortWatch(context, book)]),
    new VolumeWatch(context),
  ]
}

function comparedChecks(context: CheckContext): ComparedCheck[] {
  const { stream } = context
  const { fields, engagement } = stream
  const accepted = new AcceptedSums(context)
  return [
    ...fields.flatMap((_, at) => distributionCheck(context, at)),
    ...fields.map((_, at) => missingCheck(context, at, accepted)),
    ...fields.flatMap(({ kind }, at) => (kind === 'numeric' ? [rangeCheck(context, at, accepted)] : [])),
    ...engagement.map((metric) => engagementCheck(context, metric)),
    ...(stream.id === null ? [] : [duplicatesCheck(context, accepted)]),
    latenessCheck(context, accepted),
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
