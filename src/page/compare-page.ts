import type { CompareAnswer, ComparedCohort, Comparison, ShownCheck, StreamFacts } from '../http/facts.ts'
import { address } from './address.ts'
import { distributionCharts, movedTable, sidesTable } from './comparison-parts.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import type { Page } from './layout.ts'
import { checksTable, legend } from './parts.ts'
import { isoTime, name, plural, range } from './show.ts'

/** Any field of any two cohorts over any range, by a form. */
export interface ComparePageFacts {
  streams: readonly StreamFacts[]
  /** That can be chosen. */
  cohorts: readonly ComparedCohort[]
  asked: CompareAsked
  /** What is wrong with what was asked; nothing is compared then. */
  mistake: string | null
  /** Null: nothing was asked yet. */
  answer: CompareAnswer | null
  checks: readonly ShownCheck[]
}

export interface CompareAsked {
  stream: string
  field: string
  a: ComparedCohort
  b: ComparedCohort
  fromMs: number | null
  toMs: number | null
}

export function comparePage(facts: ComparePageFacts): Page {
  const { mistake, answer, asked, cohorts } = facts
  const body = html`<h1>Compare</h1>
    <p>
      Two cohorts of one field, or of one engagement metric, over any range of whole
      slices${cohorts.includes('baseline') && '; or one with the baseline, which is what the same hours of other days were'}.
      For the eye: verdicts are made elsewhere, continuously.
    </p>
    ${form(facts)} ${mistake !== null && html`<p class="notice" role="alert">${mistake}</p>`}
    <section id="answer" aria-label="Comparison">${answer !== null && answerParts(answer, facts)}</section>`
  return { title: asked.field === '' ? 'Compare' : `Compare ${asked.field} of ${asked.stream}`, here: 'compare', body }
}

function form({ streams, cohorts, asked }: ComparePageFacts): Markup {
  const fields = streams.map(({ name: stream, fields, metrics }) => html`<optgroup label="${stream}">${[...fields.map((field) => field.name), ...metrics].map((field) => option(`${stream} ${field}`, field, stream === asked.stream && field === asked.field))}</optgroup>`) // prettier-ignore
  const cohort = (side: 'a' | 'b'): Markup => html`<select name="${side}" id="cohort-${side}">${cohorts.map((each) => option(each, each, each === asked[side]))}</select>` // prettier-ignore
  const text = (key: 'from' | 'to', value: number | null): Markup => html`<input name="${key}" id="${key}" value="${value === null ? '' : isoTime(value)}" size="22" placeholder="${key === 'from' ? '24 hours before' : 'the last slice'}" autocomplete="off" spellcheck="false">` // prettier-ignore
  return html`<form class="compare" method="get" action="/compare">
    <p>
      <label for="what">Field</label
      ><select name="what" id="what">
        ${fields}
      </select>
    </p>
    <p><label for="cohort-a">A</label>${cohort('a')}</p>
    <p><label for="cohort-b">B</label>${cohort('b')}</p>
    <p><label for="from">From</label>${text('from', asked.fromMs)}</p>
    <p><label for="to">To</label>${text('to', asked.toMs)}</p>
    <p><button>Compare</button></p>
  </form>`
}

function option(value: string, label: string, isSelected: boolean): Markup {
  return html`<option value="${value}" ${isSelected && html` selected`}>${label}</option>`
}

function answerParts(answer: CompareAnswer, { asked, checks }: ComparePageFacts): Content {
  if (answer.kind === 'nothing-in-range') {
    const { keptFromMs, keptToMs } = answer
    return html`<p class="notice">${keptFromMs === null ? 'No slice is closed yet.' : html`No closed slice lies in this range. Slices are kept from ${range(keptFromMs, keptToMs)}.`}</p>` // prettier-ignore
  }
  if (answer.kind === 'not-in-baseline') return html`<p class="notice" role="alert">${capitalised(answer.reason)}.</p>`
  const { comparison } = answer
  const { fromMs, toMs, slices, stream, field } = comparison
  const fixed = { fromMs, toMs }
  return html`<h2>${name(field)} of ${name(stream)}</h2>
    <p class="quiet">${range(fromMs, toMs)}, ${plural(slices, 'slice')}</p>
    ${baselineWords(comparison)} ${legend(asked.a, asked.b)}
    ${sidesTable(comparison)}${distributionCharts(comparison, 'd')}
    <h3>What moved</h3>
    ${movedTable(comparison)}
    <section id="checks">
      <h3>Checks</h3>
      ${checksTable(checks, `Checks of ${field}`)}
    </section>
    <p class="links">
      <a href="${address.compare({ stream, field, a: asked.a, b: asked.b, ...fixed })}" rel="bookmark">Permalink</a> ·
      <a href="${address.json.compare(stream, field, fixed, asked)}">JSON</a> ·
      <a href="${address.field(stream, field, fixed)}">over time</a>
    </p>`
}

/** Of which days, and whether somebody vouched for them. */
function baselineWords({ baseline }: Comparison): Content {
  if (baseline === null) return null
  const vouched = baseline.verified ? 'somebody has verified it' : 'nobody has verified it'
  return html`<p class="quiet">
    The baseline is of ${plural(baseline.days, 'day')}; ${vouched}. Here it is the hours of the day, or of the week,
    that the range covers. It keeps shares, so means and quantiles are those of the cohort alone; how much days differ,
    the checks against it know.
  </p>`
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
