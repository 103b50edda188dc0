import type { History, HistoryBucket, HistoryDifference, ShownCheck } from '../http/facts.ts'
import { overTime } from './chart/over-time.ts'
import type { Line, Mark, OverTime, Point } from './chart/over-time.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import { changeText, figure, plural, shareText, shortened, spanText } from './show.ts'

/**
 * A field, or a metric, over time: what it was in both cohorts, and how large the difference was with its interval, against
 * what counts as one. Which difference comes first depends on which check has something to say.
 */
export function historyCharts(history: History, checks: readonly ShownCheck[], id: string): Content {
  if (history.buckets.length === 0) return html`<p class="quiet">No closed slice lies in this time.</p>`
  const isMissingFirst = checks.some(({ check, verdict }) => check === 'missing' && verdict === 'FAIL')
  const missing = missingCharts(history, id)
  const values = valueCharts(history, id)
  return html`<div class="pair">
      ${isMissingFirst ? [missing, values] : [values, missing]}${distanceChart(history, id)}
    </div>
    <p class="quiet small">
      ${plural(history.buckets.length, 'step')} of ${spanText(history.stepMs)}. Intervals are 95 % and take events as
      independent: they are for the eye. Dashed: from there on a change counts. F fired, u updated, R
      resolved.${noMissing(history)}
    </p>`
}

function valueCharts(history: History, id: string): Content {
  const { kind, measure } = history
  if (measure === 'none') return null
  const isShare = kind !== 'numeric' && kind !== 'ratio'
  const show = isShare ? shareText : figure
  const both = bothCohorts(history, `${id}-v`, measuredText(history), show, (bucket, cohort) => bucket[cohort].value)
  if (kind === 'rate' || kind === 'ratio') return [both, relativeChart(history, id)]
  const { change } = history.thresholds
  if (kind === 'numeric')
    return [both, differenceChart(history, `${id}-d`, 'Shift of the values, B − A', ({ shift }) => shift, '', change)]
  return [
    both,
    differenceChart(history, `${id}-d`, 'Difference of the share, B − A', ({ difference }) => difference, 'pp', change),
  ]
}

function measuredText({ measure, category, field }: History): string {
  switch (measure) {
    case 'mean':
      return `Mean of ${field}`
    case 'share of true':
      return `Share of true in ${field}`
    case 'share of category':
      return `Share of “${shortened(category ?? '', 40)}”`
    default:
      return field
  }
}

/** An engagement metric is judged by its relative change. */
function relativeChart(history: History, id: string): Markup {
  const relative = (bucket: HistoryBucket): HistoryDifference | null => {
    const { difference, control } = bucket
    const base = Math.abs(control.value ?? 0)
    if (difference === null || base === 0) return null
    const part = (value: number | null): number | null => (value === null ? null : value / base)
    return { estimate: difference.estimate / base, low: part(difference.low), high: part(difference.high) }
  }
  return differenceChart(history, `${id}-r`, 'Change, B against A', relative, '%', history.thresholds.change)
}

function noMissing({ kind, buckets }: History): string {
  const isField = kind !== 'rate' && kind !== 'ratio'
  const isNone = buckets.every(({ control, candidate }) => control.missing + candidate.missing === 0)
  return isField && isNone ? ' No value was missing.' : ''
}

function missingCharts(history: History, id: string): Content {
  if (history.kind === 'rate' || history.kind === 'ratio') return null
  if (history.buckets.every(({ control, candidate }) => control.missing + candidate.missing === 0)) return null
  const threshold = history.thresholds.missing
  return [
    bothCohorts(history, `${id}-m`, 'Share that is missing', shareText, (bucket, cohort) => bucket[cohort].missingShare), // prettier-ignore
    differenceChart(history, `${id}-n`, 'Difference of the missing share, B − A', (bucket) => bucket.missingDifference, 'pp', threshold), // prettier-ignore
  ]
}

/** How far apart the distributions are: of numbers KS, of names and answers Jensen and Shannon's. */
function distanceChart(history: History, id: string): Content {
  const which = history.kind === 'numeric' ? 'ks' : 'js'
  const points = history.buckets.map((bucket): Point => ({ atMs: bucket.endMs, value: bucket.distances[which] }))
  const known = points.filter(({ value }) => value !== null).length
  if (known === 0) return null
  const title = `${which === 'ks' ? 'KS' : 'JS'} distance`
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
