import type { EngagementConfig } from '../../config/shape.ts'
import type { CohortTallies, FieldTallies } from '../../pane/pane.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import type { Slice } from '../../slice/slice.ts'
import { weightOfWhole } from '../budget.ts'
import { measured, percent } from '../figures.ts'
import { subjectOf } from '../subject.ts'
import { sumByBucket, valuesByBucket } from './by-bucket.ts'
import type { ByBucket } from './by-bucket.ts'
import { fieldOf, rateQuestion, talliesOf } from './context.ts'
import type { CheckContext } from './context.ts'
import { RateCheck, tellShares } from './rate-check.ts'

/** Rates, each as statistics.md 10 counts it. boolean: true among the values that are there. */
export function booleanCheck(context: CheckContext, fieldAt: number): RateCheck {
  const { stream, budget, begin } = context
  return new RateCheck({
    subject: subjectOf(stream.name, 'boolean', stream.fields[fieldAt]!.name),
    streams: [stream.name],
    count: ofField(stream.name, fieldAt, (cohort, counts) => ({
      numerators: sumByBucket([counts.trues]),
      denominators: valuesByBucket(cohort, counts),
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
      numerators: sumByBucket([counts.trues]),
      denominators: valuesByBucket(cohort, counts),
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
export function missingCheck(context: CheckContext, fieldAt: number): RateCheck {
  const { stream, config, budget, begin } = context
  const weight = weightOfWhole(stream, config.policy)
  return new RateCheck({
    subject: subjectOf(stream.name, 'missing', stream.fields[fieldAt]!.name),
    streams: [stream.name],
    count: ofField(stream.name, fieldAt, (cohort, { nulls, absent, nan }) => ({
      numerators: sumByBucket([nulls, absent, nan]),
      denominators: sumByBucket([cohort.accepted]),
    })),
    question: rateQuestion(context, 'quality', 'missing', { weight }),
    scale: 'absolute',
    levels: budget.levels,
    begin,
    eventNoun: 'records',
    tell: tellShares('values', 'are missing'),
  })
}

/** range: outside declared limits or ±∞, per value that is a number. */
export function rangeCheck(context: CheckContext, fieldAt: number): RateCheck {
  const { stream, budget, begin } = context
  const { name, range } = stream.fields[fieldAt]!
  return new RateCheck({
    subject: subjectOf(stream.name, 'range', name),
    streams: [stream.name],
    count: ofField(stream.name, fieldAt, (cohort, { outOfRange, infinite, nulls, absent, nan, aside }) => ({
      numerators: sumByBucket([outOfRange, infinite]),
      denominators: sumByBucket([cohort.accepted], [nulls, absent, nan, aside]),
    })),
    question: rateQuestion(context, 'quality', 'range'),
    scale: 'absolute',
    levels: budget.levels,
    begin,
    eventNoun: 'values',
    tell: tellShares('values', range === null ? 'are infinite' : `are outside [${range[0]}, ${range[1]}]`),
  })
}

/** duplicates: repeats of an id, per record of a cohort, the repeats included. */
export function duplicatesCheck(context: CheckContext): RateCheck {
  const { stream, budget, begin } = context
  return new RateCheck({
    subject: subjectOf(stream.name, 'duplicates'),
    streams: [stream.name],
    count: ofCohorts(stream.name, ({ accepted, repeats, late, rejected }) => ({
      numerators: sumByBucket([repeats]),
      denominators: sumByBucket([accepted, repeats, late, rejected]),
    })),
    question: rateQuestion(context, 'quality', 'duplicates'),
    scale: 'absolute',
    levels: budget.levels,
    begin,
    eventNoun: 'records',
    tell: tellShares('records', 'repeat an id'),
  })
}

/** lateness: late, per accepted and late. */
export function latenessCheck(context: CheckContext): RateCheck {
  const { stream, budget, begin } = context
  return new RateCheck({
    subject: subjectOf(stream.name, 'lateness'),
    streams: [stream.name],
    count: ofCohorts(stream.name, ({ accepted, late }) => ({
      numerators: sumByBucket([late]),
      denominators: sumByBucket([accepted, late]),
    })),
    question: rateQuestion(context, 'quality', 'lateness'),
    scale: 'absolute',
    levels: budget.levels,
    begin,
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

type Counted = { numerators: Float64Array; denominators: Float64Array }

function ofCohorts(stream: string, count: (cohort: CohortTallies) => Counted) {
  return (slice: Slice): { numerators: ByBucket; denominators: ByBucket } => {
    const [control, candidate] = talliesOf(slice, stream).cohorts.map(count) as [Counted, Counted]
    return paired(control, candidate)
  }
}

function ofField(
  stream: string,
  fieldAt: number,
  count: (cohort: CohortTallies, counts: FieldTallies['counts'][0]) => Counted,
) {
  return (slice: Slice): { numerators: ByBucket; denominators: ByBucket } => {
    const { cohorts } = talliesOf(slice, stream)
    const { counts } = fieldOf(slice, stream, fieldAt)
    return paired(count(cohorts[0], counts[0]), count(cohorts[1], counts[1]))
  }
}

function countRate({ stream, plan }: CheckContext, name: string) {
  const at = plan.rates.findIndex((rate) => rate.name === name)
  return ofCohorts(stream.name, ({ accepted, rates }) => ({
    numerators: sumByBucket([rates[at]!]),
    denominators: sumByBucket([accepted]),
  }))
}

function countRatio({ plans }: CheckContext, { numerator, per }: Extract<EngagementConfig, { kind: 'ratio' }>) {
  const at = plans.get(numerator.stream)!.sums.findIndex(({ field }) => field === numerator.sum)
  const numeratorOf = ({ accepted, sums }: CohortTallies): Float64Array =>
    numerator.sum === null
      ? sumByBucket([accepted])
      : Float64Array.from({ length: BUCKETS }, (_, bucket) => sums[at]!.toNumber(bucket))
  return (slice: Slice): { numerators: ByBucket; denominators: ByBucket } => {
    const counted = ([0, 1] as const).map((cohort) => ({
      numerators: numeratorOf(talliesOf(slice, numerator.stream).cohorts[cohort]),
      denominators: sumByBucket([talliesOf(slice, per).cohorts[cohort].accepted]),
    }))
    return paired(counted[0]!, counted[1]!)
  }
}

function paired(control: Counted, candidate: Counted): { numerators: ByBucket; denominators: ByBucket } {
  return {
    numerators: [control.numerators, candidate.numerators],
    denominators: [control.denominators, candidate.denominators],
  }
}
