import type { Comparison, ComparedSide, RateDifference } from '../http/facts.ts'
import { address } from './address.ts'
import { changeBar, pairBar } from './chart/bars.ts'
import { overlaidHistogram, stepCdf } from './chart/bins.ts'
import { binsOf, newAndVanished, partsOf } from './contributions.ts'
import type { Part } from './contributions.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import { number, shareOf, tableOf, wide } from './parts.ts'
import { UNKNOWN, changeText, countText, figure, intervalText, name, shareText } from './show.ts'

/** Two cohorts of one field side by side: the same on the page of a field and where any two are compared. */
export function sidesTable({ kind, a, b, differences, distances, baseline }: Comparison): Markup {
  const rows: [string, Content, Content, Content][] = []
  const of = (wanted: RateDifference['name']): RateDifference | undefined => differences.find((each) => each.name === wanted) // prettier-ignore
  const counted = (label: string, get: (side: ComparedSide) => number): void => {
    if (get(a) + get(b) > 0) rows.push([label, countText(get(a)), countText(get(b)), ''])
  }
  const shared = (label: string, get: (side: ComparedSide) => number, difference: RateDifference | undefined): void => {
    rows.push([label, shareOf(get(a), a.count), shareOf(get(b), b.count), differenceText(difference, 'pp')])
  }
  const valued = (label: string, get: (side: ComparedSide) => number | null): void => {
    const [left, right] = [get(a), get(b)]
    const change = left === null || right === null ? UNKNOWN : changeText(right - left, '')
    if (left !== null || right !== null) rows.push([label, figure(left), figure(right), change])
  }
  rows.push(['events', countText(a.count), countText(b.count), ''])
  if (kind === 'rate' || kind === 'ratio') {
    counted(kind === 'rate' ? 'events that count' : 'numerator', ({ numerator }) => numerator ?? 0)
    counted('out of', ({ denominator }) => denominator ?? 0)
    const found = of(kind)
    const show = kind === 'rate' ? shareText : figure
    if (found !== undefined) rows.push([kind, show(found.a), show(found.b), differenceText(found, kind === 'rate' ? 'pp' : '')]) // prettier-ignore
    return table(rows)
  }
  shared('missing', ({ missing }) => missing, of('missing'))
  // What kind of missing it was, and what was set aside, a baseline does not keep.
  if (baseline === null) {
    counted('of them null', ({ nulls }) => nulls)
    counted('of them absent', ({ absent }) => absent)
    counted('of them not a number', ({ nan }) => nan)
  }
  if (baseline === null && (of('set-aside')?.a !== 0 || of('set-aside')?.b !== 0)) shared('set aside', ({ setAside }) => setAside, of('set-aside')) // prettier-ignore
  const outside = of('out-of-range')
  if (outside !== undefined && baseline === null) shared('out of range', ({ outOfRange }) => outOfRange, outside)
  if (outside !== undefined && baseline !== null) rows.push(['out of range', shareText(outside.a), shareText(outside.b), differenceText(outside, 'pp')]) // prettier-ignore
  if (baseline === null) counted('infinite', ({ infinite }) => infinite)
  rows.push(['values', countText(a.values), countText(b.values), ''])
  const trues = of('true')
  if (trues !== undefined) rows.push(['true', shareText(trues.a), shareText(trues.b), differenceText(trues, 'pp')])
  valued('mean', ({ mean }) => mean)
  for (const [q, label] of QUANTILES) valued(label, ({ quantiles }) => quantiles?.[q] ?? null)
  valued('smallest', ({ min }) => min)
  valued('largest', ({ max }) => max)
  return html`${table(rows)}
    <p class="quiet small">
      Distances, for the eye: ${distanceText({ a, b, distances })}. They decide nothing; what decides stands under
      <a href="#checks">checks</a>.
    </p>`
}

const QUANTILES = [['0.5', 'median'], ['0.9', '90 %'], ['0.99', '99 %']] as const // prettier-ignore
/** Below so many values on a side the distances are noise, and not shown. */
const VALUES_MIN = 500

function table(rows: readonly (readonly [string, Content, Content, Content])[]): Markup {
  const body = rows.map(([label, a, b, change]) => html`<tr><th scope="row">${label}</th><td>${a}</td><td>${b}</td><td>${change}</td></tr>
`) // prettier-ignore
  return tableOf({
    kind: 'sides',
    caption: 'A and B side by side',
    headings: ['', number('A'), number('B'), 'B − A, 95 % interval'],
    rows: body,
  })
}

function differenceText(difference: RateDifference | undefined, unit: 'pp' | ''): Content {
  if (difference === undefined || difference.estimate === null) return UNKNOWN
  const { estimate, low, high } = difference
  const interval = low === null ? null : html` <small class="nowrap">${intervalText(low, high, unit)}</small>`
  return html`<span class="nowrap">${changeText(estimate, unit)}</span>${interval}`
}

export function distanceText({ a, b, distances }: Pick<Comparison, 'a' | 'b' | 'distances'>): string {
  const { psi, ks, js, wassersteinRatio } = distances
  const shown = [['PSI', psi], ['KS', ks], ['JS', js], ['Wasserstein / deviation', wassersteinRatio]] as const // prettier-ignore
  const known = shown.flatMap(([label, value]) => (value === null ? [] : [`${label} ${value.toFixed(value < 0.01 ? 4 : 3)}`])) // prettier-ignore
  return known.length > 0 ? known.join(', ') : lackOfValues({ a, b })
}

export function lackOfValues({ a, b }: Pick<Comparison, 'a' | 'b'>): string {
  const few = Math.min(a.values, b.values)
  return few < VALUES_MIN ? `too few values for a distance: ${countText(few)} of ${VALUES_MIN}` : 'no distance applies'
}

/** What the values look like; of a metric there are none. */
export function distributionCharts(comparison: Comparison, id: string): Content {
  const { kind, field } = comparison
  if (kind === 'rate' || kind === 'ratio') return null
  if (comparison.a.values + comparison.b.values === 0)
    return html`<p class="quiet">No value was counted in either cohort in this time.</p>`
  if (kind !== 'numeric') return null
  const bins = binsOf(comparison)
  const { ks } = comparison.distances
  return html`<div class="pair">
      ${overlaidHistogram(`${id}-h`, field, bins)}${stepCdf(`${id}-c`, field, bins, ks, lackOfValues(comparison))}
    </div>
    <p class="quiet small">
      The bins of the sketch grow with the value; each that holds something is drawn equally wide, in both charts alike.
    </p>`
}

/** Which ranges or categories moved, those that make most of the difference first. */
export function movedTable(comparison: Comparison): Content {
  const { kind, a, b } = comparison
  if (kind === 'rate' || kind === 'ratio' || a.values + b.values === 0) return null
  const { parts, distance } = partsOf(comparison)
  const moved = parts.toSorted((one, other) => other.contribution - one.contribution).slice(0, ROWS_MAX)
  const most = moved.reduce((max, { shareA, shareB }) => Math.max(max, Math.abs(shareB - shareA)), 0)
  const largest = moved.reduce((max, { shareA, shareB }) => Math.max(max, shareA, shareB), 0)
  const rows = moved.map((part) => movedRow(labelOf(part, comparison), part, most, largest))
  const noun = kind === 'numeric' ? 'range of values' : kind === 'boolean' ? 'answer' : 'category'
  const rest = parts.length > moved.length ? `; ${parts.length - moved.length} more moved less` : ''
  const headings = [noun, number('A'), number('B'), wide('Share'), number('B − A'), wide('Less or more'), number('Of the difference')] // prettier-ignore
  const table = tableOf({ kind: 'moved', caption: 'What moved', headings, rows })
  return html`${kind === 'categorical' && appearedAndVanished(parts)}${table}
    <p class="quiet small">
      Shares are of all events. The last column is each row’s part of their distance, JS ${distance.toFixed(3)} in
      all${rest}.
    </p>`
}

const ROWS_MAX = 12

/** A name leads to its share over time. */
function labelOf({ label, isName, isWord }: Part, { stream, field, fromMs, toMs }: Comparison): Content {
  if (isName)
    return html`<a href="${address.field(stream, field, { fromMs, toMs }, label)}#time">${name(label, 60)}</a>`
  return isWord ? html`<i>${label}</i>` : label
}

function movedRow(label: Content, { shareA, shareB, contribution }: Part, most: number, largest: number): Markup {
  const change = shareB - shareA
  return html`<tr>
    <th scope="row">${label}</th>
    <td class="number">${shareText(shareA)}</td>
    <td class="number">${shareText(shareB)}</td>
    <td>${pairBar(shareA, shareB, largest)}</td>
    <td class="number">${changeText(change, 'pp')}</td>
    <td>${changeBar(change, most)}</td>
    <td class="number">${contribution < 0.0005 ? '0 %' : `${(contribution * 100).toFixed(1)} %`}</td>
  </tr> `
}

function appearedAndVanished(parts: readonly Part[]): Markup {
  const { appeared, vanished } = newAndVanished(parts)
  const listed = (found: readonly Part[], cohort: 'a' | 'b'): Content =>
    found.length === 0 ? 'none' : found.map((part, at) => html`${at > 0 && ', '}${name(part.label, 60)} (${countText(part[cohort])})`) // prettier-ignore
  return html`<p>
    New in B: ${listed(appeared, 'b')}. Vanished from B: ${listed(vanished, 'a')}.
    <span class="quiet">Of the ${parts.filter(({ isName }) => isName).length} most frequent names of both.</span>
  </p>`
}
