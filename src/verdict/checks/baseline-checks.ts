import assert from 'node:assert/strict'
import type { Baseline, BaselineMetric } from '../../baseline/baseline.ts'
import { measuresOf } from '../../baseline/measures.ts'
import type { Measure } from '../../baseline/measures.ts'
import type { StreamConfig } from '../../config/shape.ts'
import { isCountedByRate } from '../budget.ts'
import type { Alert, CheckName } from '../check.ts'
import { subjectOf } from '../subject.ts'
import type { Watched } from '../watched.ts'
import { BaselineBudget } from './baseline-budget.ts'
import { CellCounter, RateCounter } from './baseline-counter.ts'
import { SharedEvents } from './baseline-events.ts'
import { baselineQuestions } from './baseline-questions.ts'
import { BaselineWatch } from './baseline-watch.ts'
import type { CheckContext } from './context.ts'

/**
 * Live against the baseline: each metric of the candidate, which is the check `…@baseline` that reports list, and of the
 * control, which only alerts. When both moved it was the world and not the release; the release is what is judged.
 */
export function baselineChecks(context: CheckContext, baseline: Baseline): Watched[] {
  const budget = new BaselineBudget(context.config)
  const { begin, config } = context
  const events = { control: new SharedEvents(config.policy.levels, begin), candidate: new SharedEvents(config.policy.levels, begin) } // prettier-ignore
  const compared = measuresOf(context.plan).flatMap((measure) => {
    const check = checkOf(measure, context.stream)
    if (check === null) return []
    return (['candidate', 'control'] as const).map((cohort) =>
      watchOf(context, baseline, budget, { measure, check, cohort, events: events[cohort] }),
    )
  })
  return [...compared, ...notCompared(context)]
}

/**
 * Ratios of sums and counts, within a stream or across two: statistics.md 11 knows cells and rates only. The variance of a ratio
 * has no floor that independent events would give, so what days explain of it is nobody's to say. Their checks stand in the list
 * and say so: one that is left out would look like one that has passed.
 */
function notCompared({ stream, config, begin }: CheckContext): Watched[] {
  const ratios = stream.engagement.filter(({ kind }) => kind === 'ratio')
  return ratios.map(({ name }) => {
    return new BaselineWatch({
      subject: subjectOf(stream.name, 'engagement', name, 'baseline'),
      ...{ cohort: 'candidate', isListed: true, hindrance: NO_LAW_FOR_RATIOS },
      ...{ stream: { hours: [] }, metric: NO_METRIC, levels: config.policy.levels, begin },
      questionsOf: () => [],
      counterOf: () => assert.fail('nothing is counted that is not compared'),
    })
  })
}

const NO_LAW_FOR_RATIOS =
  'not compared: ratios of sums or counts have no law for other days, whose noise is known for shares and rates only; compared with the control as ever'

function watchOf(
  { stream, config, begin }: CheckContext,
  baseline: Baseline,
  budget: BaselineBudget,
  {
    measure,
    check,
    cohort,
    events,
  }: { measure: Measure; check: CheckName; cohort: Alert['cohort']; events: SharedEvents },
): BaselineWatch {
  const { policy } = config
  const known = baseline.streams.find(({ name }) => name === stream.name)
  const metric = known?.metrics.find(({ measure: of, name }) => of === measure.measure && name === measure.name)
  const of = cohort === 'control' ? 0 : 1
  const subject = subjectOf(stream.name, check, measure.name, 'baseline')
  return new BaselineWatch({
    subject: cohort === 'control' ? { ...subject, cohort } : subject,
    ...{ cohort, isListed: cohort === 'candidate', hindrance: hindranceOf(baseline, measure, metric) },
    ...{ stream: known ?? { hours: [] }, metric: metric ?? NO_METRIC, levels: policy.levels, begin, events },
    questionsOf: (each) => baselineQuestions(check, each, policy, budget),
    counterOf: ({ cells }) =>
      cells === null ? new RateCounter(stream.name, measure, of) : new CellCounter(stream.name, measure, of, cells),
  })
}

/** A boolean that a rate counts is judged there; one of role segment is the representation of its two cells. */
function checkOf(measure: Measure, stream: StreamConfig): CheckName | null {
  if (measure.measure === 'rate') return 'engagement'
  if (measure.measure !== 'values') return measure.measure
  const field = stream.fields[measure.at]!
  if (field.role === 'segment') return 'representation'
  return isCountedByRate(stream, field) ? null : field.kind
}

function hindranceOf(baseline: Baseline, measure: Measure, metric: BaselineMetric | undefined): string | null {
  if (baseline.verified === null) return 'the baseline is not verified: evenkeel baseline verify FILE --by NAME'
  if (metric === undefined) return 'the baseline does not hold it'
  if (measure.cells !== null && metric.cells === null) return 'the baseline holds too few values of it for cells'
  return null
}

const NO_METRIC: BaselineMetric = { measure: 'values', name: '', cells: null, counts: null, n: [], x: [] }
