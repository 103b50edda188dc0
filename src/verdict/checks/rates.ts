import type { EngagementConfig } from '../../config/shape.ts'
import type { CohortTallies, FieldTallies, Pair } from '../../pane/pane.ts'
import type { Slice } from '../../slice/slice.ts'
import { weightOfWhole } from '../budget.ts'
import { measured, percent } from '../figures.ts'
import { subjectOf } from '../subject.ts'
import { AcceptedSums } from './accepted-sums.ts'
import { numbersOf, valuesOf } from './by-bucket.ts'
import { fieldOf, rateQuestion, talliesOf } from './context.ts'
import type { CheckContext } from './context.ts'
import { RateCheck, tellShares } from './rate-check.ts'
import type { Counted } from './rate-check.ts'

/** Rates, each as statistics.md 10 counts it. boolean: true among the values that are there. */
export function booleanCheck(context: CheckContext, fieldAt: number): RateCheck {
  const { stream, budget, begin } = context
  return new RateCheck({
    subject: subjectOf(stream.name, 'boolean', stream.fields[fieldAt]!.name),
    streams: [stream.name],
    count: ofField(stream.name, fieldAt, (cohort, counts) => ({
      numerators: [counts.trues],
      ...valuesOf(cohort, counts),
    })),
    question: rateQuestion(context, 'features', 'boolean'),
    scale: 'absolute',
    levels: budget.levels,
    begin,
    eventNoun: 'values',
    tell: tellShares('values', 'are true'),
  })
}

/** representation of a boolean segment: its two cells mirror each other, so one question with the weight of one cell serves. */
export function booleanSegmentCheck(context: CheckContext, fieldAt: number): RateCheck {
  const { stream, budget, begin } = context
  return new RateCheck({
    subject: subjectOf(stream.name, 'representation', stream.fields[fieldAt]!.name),
    streams: [stream.name],
    count: ofField(stream.name, fieldAt, (cohort, counts) => ({
      numerators: [counts.trues],
      ...valuesOf(cohort, counts),
    })),
    question: rateQuestion(context, 'population', 'representation', { weight: 0.5, effect: 'share' }),
    scale: 'absolute',
    levels: budget.levels,
    begin,
    eventNoun: 'values',
    tell: tellShares('values', 'are true'),
  })
}

/** missing: null, absent or NaN, per accepted record. */
export function missingCheck(context: CheckContext, fieldAt: number, accepted = new AcceptedSums(context)): RateCheck {
  const { stream, config, budget, begin } = context
  const weight = weightOfWhole(stream, config.policy)
  return new RateCheck({
    subject: subjectOf(stream.name, 'missing', stream.fields[fieldAt]!.name),
    streams: [stream.name],
    count: ofField(stream.name, fieldAt, (cohort, { nulls, absent, nan }) => ({
      numerators: [nulls, absent, nan],
      denominators: [cohort.accepted],
    })),
    question: rateQuestion(context, 'quality', 'missing', { weight }),
    scale: 'absolute',
    levels: budget.levels,
    begin,
    accepted,
    eventNoun: 'records',
    tell: tellShares('values', 'are missing'),
  })
}

/** range: outside declared limits or ±∞, per value that is a number. */
export function rangeCheck(context: CheckContext, fieldAt: number, accepted = new AcceptedSums(context)): RateCheck {
  const { stream, budget, begin } = context
  const { name, range } = stream.fields[fieldAt]!
  return new RateCheck({
    subject: subjectOf(stream.name, 'range', name),
    streams: [stream.name],
    count: ofField(stream.name, fieldAt, (cohort, { outOfRange, infinite, nulls, absent, nan, aside }) => ({
      numerators: [outOfRange, infinite],
      denominators: [cohort.accepted],
      without: [nulls, absent, nan, aside],
    })),
    question: rateQuestion(context, 'quality', 'range'),
    scale: 'absolute',
    levels: budget.levels,
    begin,
    accepted,
    eventNoun: 'values',
    tell: tellShares('values', range === null ? 'are infinite' : `are outside [${range[0]}, ${range[1]}]`),
  })
}

/** duplicates: repeats of an id, per record of a cohort, the repeats included. */
export function duplicatesCheck(context: CheckContext, accepted = new AcceptedSums(context)): RateCheck {
  const { stream, budget, begin } = context
  return new RateCheck({
    subject: subjectOf(stream.name, 'duplicates'),
    streams: [stream.name],
    count: ofCohorts(stream.name, ({ accepted, repeats, late, rejected }) => ({
      numerators: [repeats],
      denominators: [accepted, repeats, late, rejected],
    })),
    question: rateQuestion(context, 'quality', 'duplicates'),
    scale: 'absolute',
    levels: budget.levels,
    begin,
    accepted,
    eventNoun: 'records',
    tell: tellShares('records', 'repeat an id'),
  })
}

/** lateness: late, per accepted and late. */
export function latenessCheck(context: CheckContext, accepted = new AcceptedSums(context)): RateCheck {
  const { stream, budget, begin } = context
  return new RateCheck({
    subject: subjectOf(stream.name, 'lateness'),
    streams: [stream.name],
    count: ofCohorts(stream.name, ({ accepted, late }) => ({
      numerators: [late],
      denominators: [accepted, late],
    })),
    question: rateQuestion(context, 'quality', 'lateness'),
    scale: 'absolute',
    levels: budget.levels,
    begin,
    accepted,
    eventNoun: 'records',
    tell: tellShares('records', 'are late'),
  })
}

/** engagement: a rate of accepted records, or a ratio, its parts perhaps of two streams: same bucket, cohort and slice. */
export function engagementCheck(context: CheckContext, metric: EngagementConfig): RateCheck {
  const { stream, config, budget, begin } = context
  const isSum = metric.kind === 'ratio' && metric.numerator.sum !== null
  const weight = weightOfWhole(stream, config.policy)
  return new RateCheck({
    subject: subjectOf(stream.name, 'engagement', metric.name),
    streams: metric.kind === 'rate' ? [stream.name] : [...new Set([metric.numerator.stream, metric.per])],
    count: metric.kind === 'rate' ? countRate(context, metric.name) : countRatio(context, metric),
    question: rateQuestion(context, 'engagement', 'engagement', { weight, effect: 'relative' }),
    scale: isSum ? 'relative-sums' : 'relative',
    levels: budget.levels,
    begin,
    eventNoun: 'events',
    tell: (control, candidate) => {
      const show = isSum || Math.max(control, candidate) > 1 ? measured : percent
      return `${show(candidate)} in the candidate against ${show(control)} in the control`
    },
  })
}

function ofCohorts(stream: string, count: (cohort: CohortTallies) => Counted) {
  return (slice: Slice): Pair<Counted> => {
    const { cohorts } = talliesOf(slice, stream)
    return [count(cohorts[0]), count(cohorts[1])]
  }
}

function ofField(
  stream: string,
  fieldAt: number,
  count: (cohort: CohortTallies, counts: FieldTallies['counts'][0]) => Counted,
) {
  return (slice: Slice): Pair<Counted> => {
    const { cohorts } = talliesOf(slice, stream)
    const { counts } = fieldOf(slice, stream, fieldAt)
    return [count(cohorts[0], counts[0]), count(cohorts[1], counts[1])]
  }
}

function countRate({ stream, plan }: CheckContext, name: string) {
  const at = plan.rates.findIndex((rate) => rate.name === name)
  return ofCohorts(stream.name, ({ accepted, rates }) => ({ numerators: [rates[at]!], denominators: [accepted] }))
}

function countRatio({ plans }: CheckContext, { numerator, per }: Extract<EngagementConfig, { kind: 'ratio' }>) {
  const at = plans.get(numerator.stream)!.sums.findIndex(({ field }) => field === numerator.sum)
  return (slice: Slice): Pair<Counted> => {
    const count = (cohort: 0 | 1): Counted => {
      const { accepted, sums } = talliesOf(slice, numerator.stream).cohorts[cohort]
      return {
        numerators: numerator.sum === null ? [accepted] : numbersOf(sums[at]!),
        denominators: [talliesOf(slice, per).cohorts[cohort].accepted],
      }
    }
    return [count(0), count(1)]
  }
}
