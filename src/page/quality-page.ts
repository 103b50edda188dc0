import type { FieldFacts, ShownCheck, StreamFacts, StreamTrails } from '../http/facts.ts'
import { address } from './address.ts'
import { stackBar } from './chart/bars.ts'
import { overTime } from './chart/over-time.ts'
import { byUrgency, worstOf } from './checks.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import type { Page } from './layout.ts'
import { checkChip, checksTable, legend, number, shareOf, tableOf, verdictChip } from './parts.ts'
import { UNKNOWN, countText, figure, name, shareText } from './show.ts'

/** What became of the records, and whether what came is whole: missing, range, repeats, lateness, volume. */
export interface QualityFacts {
  stream: StreamFacts
  trails: StreamTrails | null
  checks: readonly ShownCheck[]
}

export function qualityPage({ stream, trails, checks }: QualityFacts): Page {
  const of = (...names: readonly string[]): ShownCheck[] => checks.filter(({ check, against }) => names.includes(check) && against !== 'baseline') // prettier-ignore
  const delivery = of('volume', 'duplicates', 'lateness')
  const values = of('missing', 'range')
  const baseline = checks.filter(({ against }) => against === 'baseline')
  const body = html`<div class="heading">
      <h1>Data quality</h1>
      ${verdictChip(worstOf([...delivery, ...values]))} <span class="quiet">of ${name(stream.name)}</span>
    </div>
    <section id="records">
      <h2>What became of the records</h2>
      ${recordsTable(stream)}
    </section>
    <section id="volume">
      <h2>Volume, repeats, lateness</h2>
      ${volumeChart(trails, stream)}${checksTable(delivery, 'Delivery checks')}
    </section>
    <section id="missing">
      <h2>Missing and range</h2>
      ${missingTable(stream, values)}
    </section>
    ${
      baseline.length > 0 &&
      html`<section id="baseline">
        <h2>Against other days</h2>
        ${checksTable(baseline, 'Checks against the baseline')}
      </section>`
    }
    <p class="links">
      <a href="${address.json.fields(stream.name)}">JSON of the fields</a> ·
      <a href="${address.violations(stream.name)}">violations</a>
    </p>`
  return { title: `Data quality of ${stream.name}`, here: 'nowhere', stream: { name: stream.name, here: 'quality' }, body } // prettier-ignore
}

function recordsTable({ events, slices, incompleteSlices }: StreamFacts): Markup {
  const { read, accepted, rejected, late, synthetic, duplicates } = events
  const part = (count: number): number => (read > 0 ? count / read : 0)
  const rows: [string, number, string][] = [
    ['accepted', accepted, `counted; of them ${countText(duplicates)} repeated ids, counted once`],
    ['rejected', rejected, 'set aside on the quarantine topic'],
    ['late', late, 'after their slice had closed: counted as late, in no distribution'],
    ['synthetic', synthetic, 'test traffic by the configuration, left out'],
  ]
  const bar = stackBar([
    { className: 'good', share: part(accepted) },
    { className: 'bad', share: part(rejected) },
    { className: 'warn', share: part(late) },
    { className: 'none', share: part(synthetic) },
  ])
  const body = rows.map(([label, count, says]) => html`<tr><th scope="row">${label}</th><td class="number">${countText(count)}</td><td class="number">${shareText(read > 0 ? count / read : null)}</td><td>${says}</td></tr>
`) // prettier-ignore
  const table = tableOf({ kind: 'sides', caption: 'What became of the records', headings: ['What', number('Records'), number('Share'), 'Which means'], rows: body }) // prettier-ignore
  return html`<p>${countText(read)} records read, nothing uncounted.${incompleteSlices > 0 && html` <strong>${countText(incompleteSlices)} of ${countText(slices)} slices were closed incomplete.</strong>`}</p>${bar}${table}` // prettier-ignore
}

/** Events an hour, of whole hours: a part of one looks like a loss. Every field has the same events, so the first says it. */
function volumeChart(trails: StreamTrails | null, { fromMs, toMs }: StreamFacts): Content {
  const trail = trails?.fields[0]
  if (trails === null || trail === undefined || fromMs === null || toMs === null) return null
  const { stepMs } = trails
  const whole = [...trails.startsMs.entries()].filter(([, ms]) => ms >= fromMs && ms + stepMs <= toMs)
  if (whole.length < 2) return null
  const [startMs, endMs] = [whole[0]![1], whole.at(-1)![1] + stepMs]
  const line = (name: string, letter: 'A' | 'B', points: typeof trail.control) => ({
    ...{ name, letter, className: letter === 'A' ? ('a' as const) : ('b' as const) },
    points: whole.map(([at, ms]) => ({ atMs: ms + stepMs, value: points[at]!.count })),
  })
  const lines = [line('A control', 'A', trail.control), line('B candidate', 'B', trail.candidate)]
  const last = lines.map(({ letter, points }) => `${letter} ${figure(points.at(-1)!.value)}`).join(', ')
  return html`${legend('control', 'candidate')}${overTime({
    ...{ id: 'v', title: 'Accepted events by the hour', description: `In the last whole hour: ${last}.` },
    ...{ fromMs: startMs, toMs: endMs, stepMs, lines, thresholds: [], marks: [], show: figure, fromZero: true },
  })}`
}

function missingTable({ name: stream, fields }: StreamFacts, checks: readonly ShownCheck[]): Markup {
  const rows = fields.map((field) => ({ field, own: checks.filter((check) => check.field === field.name && check.segment === null) })) // prettier-ignore
  const urgent = rows.toSorted((one, other) => {
    const [a, b] = [one.own.toSorted(byUrgency)[0], other.own.toSorted(byUrgency)[0]]
    return a === undefined || b === undefined ? Number(a === undefined) - Number(b === undefined) : byUrgency(a, b)
  })
  const body = urgent.map(({ field, own }) => {
    const [missing, range] = [own.find(({ check }) => check === 'missing'), own.find(({ check }) => check === 'range')]
    return html`<tr><th scope="row"><a href="${address.field(stream, field.name)}">${name(field.name, 60)}</a></th><td class="number">${missingOf(field, 'control')}</td><td class="number">${missingOf(field, 'candidate')}</td><td>${missing === undefined ? UNKNOWN : checkChip(missing)}</td><td>${range === undefined ? html`<span class="quiet">no limits</span>` : checkChip(range)}</td></tr>
` // prettier-ignore
  })
  return tableOf({
    kind: 'sides',
    caption: 'Missing values by field',
    headings: ['Field', number('Missing A'), number('Missing B'), 'Missing', 'Range'],
    rows: body,
  })
}

function missingOf(field: FieldFacts, cohort: 'control' | 'candidate'): Content {
  const { missing, count } = field[cohort]
  return shareOf(missing, count)
}
