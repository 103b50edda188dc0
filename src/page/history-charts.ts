import type { History, HistoryBucket, HistoryDifference, ShownCheck } from '../http/facts.ts'
import { overTime } from './chart/over-time.ts'
import type { Line, Mark, OverTime, Point } from './chart/over-time.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import { changeText, figure, plural, shareText, spanText } from './show.ts'

/**
 * A field, or a metric, over time: what it was in both cohorts, and how large the difference was with its interval, against
 * what counts as one. Which difference comes first depends on which check has something to say.
 */
export function historyCharts(history: History, checks: readonly ShownCheck[], id: string): Content {
  if (history.buckets.length === 0) return html`<p class="quiet">No closed slice lies in this time.</p>`
  const isMissingFirst = checks.some(({ check, verdict }) => check === 'missing' && verdict === 'FAIL')
  const missing = missingCharts(history, checks, id)
  const values = valueCharts(history, checks, id)
  return html`<div class="pair">
      ${isMissingFirst ? [missing, values] : [values, missing]}${distanceChart(history, id)}
    </div>
    <p class="quiet small">
      ${plural(history.buckets.length, 'step')} of ${spanText(history.stepMs)}. Intervals are 95 % and take events as
      independent: they are for the eye. Dashed: from there on a change counts. F fired, u updated, R
      resolved.${noMissing(history)}
    </p>`
}

function valueCharts(history: History, checks: readonly ShownCheck[], id: string): Content {
  const { kind, measure, field } = history
  if (measure === 'none') return null
  const isShare = kind === 'boolean' || kind === 'rate'
  const show = isShare ? shareText : figure
  const what = measure === 'mean' ? `Mean of ${field}` : measure === 'share of true' ? `Share of true in ${field}` : field // prettier-ignore
  const both = bothCohorts(history, `${id}-v`, what, show, (bucket, cohort) => bucket[cohort].value)
  if (kind === 'rate' || kind === 'ratio') return [both, relativeChart(history, checks, id)]
  const threshold = thresholdOf(checks, ['boolean'], 'share') ?? thresholdOf(checks, ['boolean'], 'difference')
  const difference = differenceChart(history, `${id}-d`, `${isShare ? 'Difference' : 'Difference of the means'} of ${field}, B − A`, (bucket) => bucket.difference, isShare ? 'pp' : '', isShare ? threshold : null) // prettier-ignore
  return [both, difference]
}

/** An engagement metric is judged by its relative change. */
function relativeChart(history: History, checks: readonly ShownCheck[], id: string): Markup {
  const threshold = thresholdOf(checks, ['engagement'], 'relative')
  const relative = (bucket: HistoryBucket): HistoryDifference | null => {
    const { difference, control } = bucket
    const base = Math.abs(control.value ?? 0)
    if (difference === null || base === 0) return null
    const part = (value: number | null): number | null => (value === null ? null : value / base)
    return { estimate: difference.estimate / base, low: part(difference.low), high: part(difference.high) }
  }
  return differenceChart(history, `${id}-r`, `Change of ${history.field}, B against A`, relative, '%', threshold)
}

function noMissing({ kind, buckets }: History): string {
  const isField = kind !== 'rate' && kind !== 'ratio'
  const isNone = buckets.every(({ control, candidate }) => control.missing + candidate.missing === 0)
  return isField && isNone ? ' No value was missing.' : ''
}

function missingCharts(history: History, checks: readonly ShownCheck[], id: string): Content {
  if (history.kind === 'rate' || history.kind === 'ratio') return null
  if (history.buckets.every(({ control, candidate }) => control.missing + candidate.missing === 0)) return null
  const threshold = thresholdOf(checks, ['missing'], 'difference')
  return [
    bothCohorts(history, `${id}-m`, `Share of ${history.field} that is missing`, shareText, (bucket, cohort) => bucket[cohort].missingShare), // prettier-ignore
    differenceChart(history, `${id}-n`, `Difference of the missing share, B − A`, (bucket) => bucket.missingDifference, 'pp', threshold), // prettier-ignore
  ]
}

/** How far apart the distributions are: of numbers KS, of names and answers Jensen and Shannon's. */
function distanceChart(history: History, id: string): Content {
  const which = history.kind === 'numeric' ? 'ks' : 'js'
  const points = history.buckets.map((bucket): Point => ({ atMs: bucket.endMs, value: bucket.distances[which] }))
  const known = points.filter(({ value }) => value !== null).length
  if (known === 0) return null
  const title = `${which === 'ks' ? 'KS' : 'JS'} distance of ${history.field}`
  return overTime({
    ...frameOf(history, `${id}-s`, title, `${known} of ${points.length} steps have the 500 values on each side that a distance needs.`), // prettier-ignore
    lines: [{ name: title, letter: '', className: 'effect', points }],
    thresholds: [],
    show: (value) => figure(value),
    fromZero: true,
  })
}

function bothCohorts(
  history: History,
  id: string,
  title: string,
  show: (value: number) => string,
  get: (bucket: HistoryBucket, cohort: 'control' | 'candidate') => number | null,
): Markup {
  const line = (cohort: 'control' | 'candidate', letter: 'A' | 'B'): Line => ({
    name: `${letter} ${cohort}`,
    letter,
    className: letter === 'A' ? 'a' : 'b',
    points: history.buckets.map((bucket) => ({ atMs: bucket.endMs, value: get(bucket, cohort) })),
  })
  const lines = [line('control', 'A'), line('candidate', 'B')]
  const last = lines.map(({ letter, points }) => `${letter} ${lastOf(points, show)}`).join(', ')
  return overTime({ ...frameOf(history, id, title, `At the end: ${last}.`), lines, thresholds: [], show, fromZero: false }) // prettier-ignore
}

function differenceChart(
  history: History,
  id: string,
  title: string,
  get: (bucket: HistoryBucket) => HistoryDifference | null,
  unit: 'pp' | '%' | '',
  threshold: number | null,
): Markup {
  const points = history.buckets.map((bucket): Point => {
    const found = get(bucket)
    return { atMs: bucket.endMs, value: found?.estimate ?? null, low: found?.low ?? null, high: found?.high ?? null }
  })
  const show = (value: number): string => changeText(value, unit)
  const limit = threshold === null ? '' : ` A change counts from ${show(threshold)} on.`
  const marks = history.marks.length === 0 ? 'No alert in this time.' : `${plural(history.marks.length, 'event')} of alerts in this time.` // prettier-ignore
  return overTime({
    ...frameOf(history, id, title, `At the end: ${lastOf(points, show)}.${limit} ${marks}`),
    lines: [{ name: 'B − A', letter: '', className: 'effect', points }],
    thresholds: threshold === null ? [] : [threshold, -threshold],
    show,
    fromZero: true,
  })
}

type Frame = Pick<OverTime, 'id' | 'title' | 'description' | 'fromMs' | 'toMs' | 'stepMs' | 'marks'>

function frameOf({ fromMs, toMs, stepMs, marks }: History, id: string, title: string, description: string): Frame {
  return { id, title, description, fromMs, toMs, stepMs, marks: marks.map(({ atMs, type }): Mark => ({ atMs, type })) }
}

function lastOf(points: readonly Point[], show: (value: number) => string): string {
  const last = points.findLast(({ value }) => value !== null)
  return last === undefined ? 'nothing' : show(last.value!)
}

/** What an effect must exceed; null where no check of the kind measures in this unit. */
function thresholdOf(checks: readonly ShownCheck[], names: readonly string[], effect: string): number | null {
  const found = checks.find((check) => names.includes(check.check) && check.segment === null && check.effect?.name === effect) // prettier-ignore
  return found?.effect?.threshold ?? null
}
