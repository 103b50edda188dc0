import type { CompareAnswer, FieldFacts, HistoryAnswer, ShownAlert, ShownCheck, StreamFacts } from '../http/facts.ts'
import { address } from './address.ts'
import type { Range } from './address.ts'
import { byUrgency, sentence, sentenceBody, worstOf } from './checks.ts'
import { distributionCharts, movedTable, sidesTable } from './comparison-parts.ts'
import { historyCharts } from './history-charts.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import type { Page } from './layout.ts'
import { alertTitle, checksTable, legend, verdictChip } from './parts.ts'
import { countText, isoTime, name, range, time } from './show.ts'

/** Of a field, or of an engagement metric. */
export interface FieldPageFacts {
  stream: StreamFacts
  /** Null: an engagement metric of this name. */
  field: FieldFacts | null
  title: string
  /** As asked; null = up to now. */
  asked: { fromMs: number | null; toMs: number | null }
  checks: readonly ShownCheck[]
  alerts: readonly ShownAlert[]
  compared: CompareAnswer
  /** Whether it can be compared with other days. */
  hasBaseline: boolean
  history: HistoryAnswer
}

/** From the sentence to the cells: what is wrong, since when, how much, and which values made the difference. */
export function fieldPage(facts: FieldPageFacts): Page {
  const { stream, field, title, checks, alerts, compared, history } = facts
  const firing = alerts.filter(({ state }) => state === 'firing')
  const kind = field === null ? 'engagement metric' : `${field.kind} ${field.role}`
  const over = history.kind === 'history' && historyCharts(history.history, checks, 'h')
  const body = html`<div class="heading">
      <h1>${name(title)}</h1>
      ${verdictChip(worstOf(checks))}
      <span class="quiet">${kind} of <a href="${address.stream(stream.name)}">${name(stream.name)}</a></span>
    </div>
    ${lead(firing, checks)} ${rangeBar(facts)} ${cohortLegend(stream)}
    ${compared.kind === 'compared' ? comparedParts(compared.comparison, over) : compared.kind === 'nothing-in-range' && nothingThere(compared, stream)}
    <section id="checks">
      <h2>Checks</h2>
      ${checksTable(checks, `Checks of ${title}`)}
    </section>
    ${
      alerts.length > 0 &&
      html`<section id="alerts">
        <h2>Alerts</h2>
        <ul class="looks">
          ${alerts.map(alertTitle)}
        </ul>
      </section>`
    }
    ${links(facts)}`
  const here = field === null ? 'engagement' : 'fields'
  return { title: `${title} of ${stream.name}`, here: 'nowhere', stream: { name: stream.name, here }, body }
}

function comparedParts(comparison: Parameters<typeof sidesTable>[0], over: Content): Markup {
  const moved = movedTable(comparison)
  return html`<div class="beside">
      <section id="sides">
        <h2>Side by side</h2>
        ${sidesTable(comparison)}
      </section>
      <section id="time">
        <h2>Over time</h2>
        ${over}
      </section>
    </div>
    ${
      comparison.kind === 'rate' || comparison.kind === 'ratio'
        ? null
        : html`<section id="distribution">
            <h2>${comparison.kind === 'numeric' ? 'Distribution' : 'What moved'}</h2>
            ${distributionCharts(comparison, 'd')}${comparison.kind === 'numeric' && moved !== null && html`<h3>What moved</h3>`}${moved}
          </section>`
    }`
}

/** The sentence of what fires; else of the check that is worst. */
function lead(firing: readonly ShownAlert[], checks: readonly ShownCheck[]): Content {
  if (firing.length > 0)
    return html`<ul class="lead">${firing.map((alert) => html`<li class="fail"><a href="${address.alert(alert.id)}">Firing since ${time(alert.firedAtMs)}</a>: ${sentenceBody(alert.reason)}</li>`)}</ul>` // prettier-ignore
  const [worst] = checks.toSorted(byUrgency)
  if (worst === undefined) return html`<p class="lead">No check watches it.</p>`
  return html`<p class="lead">${verdictChip(worst.verdict)} ${sentence(worst.reason)}</p>`
}

function cohortLegend({ cohorts }: StreamFacts): Markup {
  const words = (wanted: 'control' | 'candidate'): Content => {
    const cohort = cohorts.find((each) => each.name === wanted)
    if (cohort === undefined) return wanted
    return html`${wanted} ${cohort.values.map((value) => html`${name(value, 40)} `)}<span class="quiet">${countText(cohort.events)} events of ${cohort.unitsEstimated ? 'about ' : ''}${countText(cohort.units)} units since the watch began</span>` // prettier-ignore
  }
  return legend(words('control'), words('candidate'))
}

const HOUR_MS = 3_600_000
const SPANS = [['6 h', 6], ['24 h', 24], ['48 h', 48], ['7 days', 168]] as const // prettier-ignore

function rangeBar(facts: FieldPageFacts): Markup {
  const { stream, title } = facts
  const shown = shownRange(facts)
  const end = stream.toMs
  const ofSpan = (hours: number): Range => (end === null ? {} : { fromMs: end - hours * HOUR_MS, toMs: end })
  const spans = SPANS.map(([label, hours]) => html`<a href="${address.field(stream.name, title, ofSpan(hours))}">${label}</a> `) // prettier-ignore
  const whole = stream.fromMs !== null && end !== null && html`<a href="${address.field(stream.name, title, { fromMs: stream.fromMs, toMs: end })}">all</a>` // prettier-ignore
  return html`<form class="range" method="get" action="${address.field(stream.name, title)}">
    <p>
      ${shown === null ? 'No slice is shown' : html`Shown: ${range(shown.fromMs, shown.toMs)}`} ·
      <span class="spans">${spans}${whole}</span>
    </p>
    <label
      >From
      <input
        name="from"
        value="${shown === null ? '' : isoTime(shown.fromMs)}"
        size="22"
        autocomplete="off"
        spellcheck="false"
    /></label>
    <label
      >to
      <input
        name="to"
        value="${shown === null ? '' : isoTime(shown.toMs)}"
        size="22"
        autocomplete="off"
        spellcheck="false"
    /></label>
    <button>Show</button>
  </form>`
}

function shownRange({ compared }: FieldPageFacts): { fromMs: number; toMs: number } | null {
  if (compared.kind !== 'compared') return null
  const { fromMs, toMs } = compared.comparison
  return { fromMs, toMs }
}

function nothingThere(
  { keptFromMs, keptToMs }: { keptFromMs: number | null; keptToMs: number | null },
  { slices }: StreamFacts,
): Markup {
  // prettier-ignore
  if (keptFromMs === null || keptToMs === null)
    return html`<p class="notice">${slices === 0 ? 'No slice is closed yet, so there is nothing to show.' : 'The slices are being read; the charts come when they are.'}</p>`
  return html`<p class="notice">
    No closed slice lies in this range. Slices are kept from ${range(keptFromMs, keptToMs)}.
  </p>`
}

function links(facts: FieldPageFacts): Markup {
  const { stream, title, history } = facts
  const fixed = shownRange(facts) ?? {}
  const category = history.kind === 'history' ? (history.history.category ?? undefined) : undefined
  return html`<p class="links" id="links">
    <a href="${address.field(stream.name, title, fixed, category)}" rel="bookmark">Permalink to exactly this range</a> ·
    <a href="${address.json.compare(stream.name, title, fixed)}">JSON of the comparison</a> ·
    <a href="${address.json.history(stream.name, title, fixed, category)}">JSON over time</a> ·
    <a href="${address.compare({ stream: stream.name, field: title, ...fixed })}">Compare otherwise</a
    >${facts.hasBaseline && html` · <a href="${address.compare({ stream: stream.name, field: title, a: 'baseline', b: 'candidate', ...fixed })}">Compare with other days</a>`}
  </p>`
}
