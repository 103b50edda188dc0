import type { ShownCheck, StreamFacts } from '../http/facts.ts'
import { address } from './address.ts'
import { stackBar } from './chart/bars.ts'
import { worstOf } from './checks.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import type { Page } from './layout.ts'
import { checksTable, legend, number, tableOf, verdictChip } from './parts.ts'
import { countText, name, shareText } from './show.ts'

/** Who is in which cohort, and whether these are the planned shares: where this is wrong, nothing else can be trusted. */
export function sampleRatioPage(stream: StreamFacts, checks: readonly ShownCheck[]): Page {
  const ratio = checks.filter(({ check }) => check === 'sample-ratio')
  const both = checks.filter(({ check }) => check === 'cross-cohort')
  const segments = checks.filter(({ check }) => check === 'representation')
  const [control, candidate, other] = ['control', 'candidate', 'other'].map((wanted) => stream.cohorts.find((cohort) => cohort.name === wanted)) // prettier-ignore
  const firstSeen = ratio.find(({ segment }) => segment === null)?.n ?? null
  // Units first seen are counted one by one; how many different ones there are is an estimate, and no basis for a ratio.
  const counted = firstSeen ?? { control: control?.units ?? 0, candidate: candidate?.units ?? 0 }
  const units = counted.control + counted.candidate
  const share = units === 0 ? null : counted.candidate / units
  const rows = [
    cohortRow('A control', control, firstSeen?.control ?? null, units),
    cohortRow('B candidate', candidate, firstSeen?.candidate ?? null, units),
    cohortRow('other', other, null, 0),
  ]
  const picture: Content = share === null ? html`<p class="quiet">No unit was seen yet.</p>` : html`${stackBar([{ className: 'a', share: 1 - share }, { className: 'b', share, fill: 'url(#hatch-b)' }])}` // prettier-ignore
  const unplanned = ratio.length === 0 && html`<p class="notice">The configuration plans no shares (<code>allocation</code>), so they are compared with nothing.</p>` // prettier-ignore
  const body = html`<div class="heading">
      <h1>Sample ratio</h1>
      ${verdictChip(worstOf([...ratio, ...both]))} <span class="quiet">of ${name(stream.name)}</span>
    </div>
    <p>
      Do the units arrive in the planned shares, and does each stay in its cohort? If not, who is compared with whom is
      itself the difference, and no other verdict means anything.
    </p>
    ${legend('control', 'candidate')}
    <section id="shares">
      <h2>Units</h2>
      ${picture} ${unitsTable(rows)}
    </section>
    <section id="ratio">
      <h2>Against the plan</h2>
      ${unplanned}${ratio.length > 0 && checksTable(ratio, 'Sample ratio checks')}
    </section>
    <section id="both">
      <h2>Units in both cohorts</h2>
      ${checksTable(both, 'Units seen in both cohorts')}
    </section>
    <section id="segments">
      <h2>Segments</h2>
      ${segments.length === 0 ? html`<p class="quiet">No field is declared a segment.</p>` : checksTable(segments, 'Shares of segments')}
    </section>
    <p class="links"><a href="${address.json.cohorts(stream.name)}">JSON</a></p>`
  return { title: `Sample ratio of ${stream.name}`, here: 'nowhere', stream: { name: stream.name, here: 'sample-ratio' }, body } // prettier-ignore
}

function unitsTable(rows: Content): Markup {
  return tableOf({
    kind: 'sides',
    caption: 'Units and events by cohort',
    headings: [
      'Cohort',
      number('Units first seen'),
      number('Share of A and B'),
      number('Different units'),
      number('Events'),
    ],
    rows,
  })
}

type Cohort = StreamFacts['cohorts'][number] | undefined

function cohortRow(label: string, cohort: Cohort, firstSeen: number | null, all: number): Content {
  if (cohort === undefined) return null
  const share = firstSeen === null || all === 0 ? '' : shareText(firstSeen / all)
  const values = cohort.values.map((value) => html`${name(value, 40)} `)
  return html`<tr>
    <th scope="row">${label} <span class="quiet">${values}</span></th>
    <td class="number">${countText(firstSeen)}</td>
    <td class="number">${share}</td>
    <td class="number">${cohort.unitsEstimated ? 'about ' : ''}${countText(cohort.units)}</td>
    <td class="number">${countText(cohort.events)}</td>
  </tr>`
}
