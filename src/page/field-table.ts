import type { FieldFacts, ShownAlert, ShownCheck, StreamFacts, StreamTrails } from '../http/facts.ts'
import { address } from './address.ts'
import { sparkline, thinned } from './chart/spark.ts'
import type { Spark } from './chart/spark.ts'
import { byUrgency, nearnessOf, progressOf } from './checks.ts'
import { fieldSparks } from './field-sparks.ts'
import type { FieldSparks } from './field-sparks.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import { scrolled } from './parts.ts'
import { UNKNOWN, figure, name, shareText, shortened, spanText } from './show.ts'

/** Every field of a stream in a line: what it was, what it is, and whether that is a difference. */
export interface FieldTableFacts {
  stream: StreamFacts
  trails: StreamTrails | null
  /** Of the stream. */
  checks: readonly ShownCheck[]
  /** Firing. */
  alerts: readonly ShownAlert[]
  sort: FieldSort
  only: string | null
  /** What to come back to when the order was changed. */
  anchor: string
}

export const FIELD_SORTS = ['attention', 'name', 'kind', 'missing', 'evidence', 'configured'] as const
export type FieldSort = (typeof FIELD_SORTS)[number]

export function fieldTable(facts: FieldTableFacts): Markup {
  const { stream, trails } = facts
  const rows = sorted(stream.fields.map((field) => rowOf(facts, field)), facts.sort) // prettier-ignore
  if (rows.length === 0) return html`<p class="quiet">The stream watches no field.</p>`
  const isLong = rows.length > MANY
  const hours = trails === null || trails.startsMs.length === 0 ? '48 h' : spanText(trails.startsMs.length * trails.stepMs) // prettier-ignore
  const order = facts.sort === 'attention' ? 'What needs attention first.' : html`<a href="${sortAddress(facts, 'attention')}">Sort by what needs attention.</a>` // prettier-ignore
  const words = 'A blue, B orange. Values: the mean, of a boolean the share of true, of a category the share of its most frequent value.' // prettier-ignore
  const table = html`<table class="fields" ${facts.only !== null && html` id="fields"`}>
    <caption class="unseen">
      Fields of ${name(stream.name)}, A is the control and B the candidate
    </caption>
    <thead>
      <tr>
        ${sortHead(facts, 'name', 'Field')}${sortHead(facts, 'kind', 'Kind')}
        <th scope="col">Values, ${hours}</th>
        ${SIDES}${sortHead(facts, 'missing', `Missing, ${hours}`)}${SIDES}
        <th scope="col">Values</th>
        <th scope="col">Missing</th>
        <th scope="col">Other</th>
        ${sortHead(facts, 'evidence', 'Of an alarm', 'number')}
      </tr>
    </thead>
    <tbody>
      ${rows.map((row) => fieldRow(stream.name, row, isLong))}
    </tbody>
  </table>`
  return html`<p class="quiet small">${order} ${words}</p>
    ${scrolled(`Fields of ${stream.name}`, table)}`
}

const SIDES = html`<th scope="col" class="number">A</th>
  <th scope="col" class="number">B</th>`

/** From so many fields on, a page of them must watch its size: 150 KB for three hundred. */
const MANY = 100
const POINTS_LONG = 10

interface Row extends FieldSparks {
  field: FieldFacts
  position: number
  values: ShownCheck | undefined
  missing: ShownCheck | undefined
  others: readonly ShownCheck[]
  /** How far up it belongs. */
  urgency: number
  nearness: number
}

function rowOf({ stream, checks, alerts, trails }: FieldTableFacts, field: FieldFacts): Row {
  const position = stream.fields.indexOf(field)
  const own = checks.filter((check) => check.field === field.name && check.check !== 'engagement')
  const plain = own.filter(({ segment, against }) => segment === null && against === 'control')
  const values = plain.find(({ check }) => VALUE_CHECKS.includes(check))
  const missing = plain.find(({ check }) => check === 'missing')
  const others = own.filter((check) => check !== values && check !== missing)
  const isFiring = alerts.some((alert) => alert.stream === stream.name && alert.field === field.name && alert.check !== 'engagement') // prettier-ignore
  const nearness = own.reduce((max, check) => Math.max(max, nearnessOf(check)), 0)
  const worst = own.toSorted(byUrgency)[0]?.verdict
  const rank = isFiring ? 4 : worst === 'ERROR' ? 3.5 : worst === 'FAIL' ? 3 : worst === 'INSUFFICIENT' ? 1 : 0
  const urgency = rank * 1000 + Math.min(nearness, 900)
  return { field, position, values, missing, others, urgency, nearness, ...fieldSparks(stream, trails, position) }
}

const VALUE_CHECKS: readonly string[] = ['numeric', 'categorical', 'boolean', 'representation']

function sorted(rows: readonly Row[], sort: FieldSort): Row[] {
  const missing = ({ field: { candidate } }: Row): number => (candidate.count > 0 ? candidate.missing / candidate.count : -1) // prettier-ignore
  const by: Record<FieldSort, (one: Row, other: Row) => number> = {
    attention: (one, other) => other.urgency - one.urgency,
    name: (one, other) => (one.field.name < other.field.name ? -1 : 1),
    kind: (one, other) => one.field.kind.localeCompare(other.field.kind, 'en'),
    missing: (one, other) => missing(other) - missing(one),
    evidence: (one, other) => other.nearness - one.nearness,
    configured: () => 0,
  }
  return rows.toSorted((one, other) => by[sort](one, other) || one.position - other.position)
}

function sortHead(facts: FieldTableFacts, sort: FieldSort, label: string, className = ''): Markup {
  const isSorted = facts.sort === sort
  const order = sort === 'name' || sort === 'kind' ? 'ascending' : 'descending'
  return html`<th
    scope="col"
    ${className !== '' && html` class="${className}"`}${isSorted && html` aria-sort="${order}"`}
  >
    <a href="${sortAddress(facts, sort)}">${label}</a>
  </th>`
}

function sortAddress({ only, stream, anchor }: FieldTableFacts, sort: FieldSort): string {
  return `${only === null ? address.overview(sort) : address.stream(stream.name, sort)}#${anchor}`
}

function fieldRow(stream: string, row: Row, isLong: boolean): Markup {
  const { field, values, missing, others, nearness } = row
  const { control, candidate } = field
  return html`<tr>
    <th scope="row"><a href="${address.field(stream, field.name)}">${shortened(field.name, 60)}</a></th>
    <td>${field.kind}</td>
    <td>${spark(row.valueSpark, isLong)}</td>
    <td>${typical(row, 'control')}</td>
    <td>${typical(row, 'candidate')}</td>
    <td>${spark(row.missingSpark, isLong)}</td>
    <td>${missingShare(control)}</td>
    <td>${missingShare(candidate)}</td>
    ${verdictCell(values)}${verdictCell(missing)}${verdictCell(others.toSorted(byUrgency)[0])}
    <td>${nearness === 0 ? UNKNOWN : `${Math.round(nearness * 100)} %`}</td>
  </tr>`
}

function spark(drawn: Spark | null, isLong: boolean): Content {
  if (drawn === null) return null
  const every = isLong ? Math.ceil(drawn.a.length / POINTS_LONG) : 1
  return sparkline({ ...drawn, a: thinned(drawn.a, every), b: thinned(drawn.b, every) })
}

/** Of a category the share of its most frequent value, as in the line: over the hours that it shows. */
function typical({ field: { kind, ...sides }, points }: Row, cohort: 'control' | 'candidate'): string {
  const { mean, trues, values } = sides[cohort]
  if (kind === 'numeric') return figure(mean)
  if (kind === 'boolean') return shareText(trues === null || values === 0 ? null : trues / values)
  let [sum, count] = [0, 0]
  for (const point of points[cohort]) {
    if (point.value === null) continue
    const valued = point.count * (1 - (point.missingShare ?? 0))
    sum += point.value * valued
    count += valued
  }
  return shareText(count === 0 ? null : sum / count)
}

function missingShare({ missing, count }: { missing: number; count: number }): string {
  return count > 0 && missing === 0 ? '0' : shareText(count === 0 ? null : missing / count)
}

/** A letter for the class: hundreds of these stand on one page. `w` is a mere word, which a narrow screen leaves to its sign. */
function verdictCell(check: ShownCheck | undefined): Content {
  if (check === undefined) return html`<td>${UNKNOWN}</td>`
  const { verdict } = check
  const progress = verdict === 'INSUFFICIENT' ? progressOf(check) : null
  return html`<td class="${verdict[0]!.toLowerCase()}${progress === null && ' w'}">${progress ?? verdict}</td>`
}
