import type { HistoryAnswer, ShownCheck, StreamFacts } from '../http/facts.ts'
import { address } from './address.ts'
import { worstOf } from './checks.ts'
import { historyCharts } from './history-charts.ts'
import { html } from './html.ts'
import type { Markup } from './html.ts'
import type { Page } from './layout.ts'
import { checksTable, legend, verdictChip } from './parts.ts'
import { name } from './show.ts'

/** How people behave: every rate and ratio of a stream. */
export interface EngagementFacts {
  stream: StreamFacts
  checks: readonly ShownCheck[]
  metrics: readonly { metric: string; history: HistoryAnswer | null }[]
}

export function engagementPage({ stream, checks, metrics }: EngagementFacts): Page {
  const own = checks.filter(({ check }) => check === 'engagement')
  const none =
    metrics.length === 0 &&
    html`<p class="notice">
      The configuration names no rate or ratio of this stream: how people behave is not watched here.
    </p>`
  const body = html`<div class="heading">
      <h1>Engagement</h1>
      ${verdictChip(worstOf(own))} <span class="quiet">of ${name(stream.name)}</span>
    </div>
    <p>
      Do people who got the candidate behave like those who got the control? Every rate and ratio is compared over the
      same people-buckets and judged by its relative change.
    </p>
    ${none}${metrics.length > 0 && legend('control', 'candidate')}
    ${metrics.map((each, at) => metricSection(stream.name, each, own, at))}
    ${
      own.length > 0 &&
      html`<section id="checks">
        <h2>Checks</h2>
        ${checksTable(own, 'Engagement checks')}
      </section>`
    }`
  return { title: `Engagement of ${stream.name}`, here: 'nowhere', stream: { name: stream.name, here: 'engagement' }, body } // prettier-ignore
}

function metricSection(
  stream: string,
  { metric, history }: EngagementFacts['metrics'][number],
  checks: readonly ShownCheck[],
  at: number,
): Markup {
  const own = checks.filter(({ field }) => field === metric)
  const charts = history === null ? null : history.kind === 'history' ? historyCharts(history.history, own, `m${at}`) : html`<p class="quiet">No closed slice yet.</p>` // prettier-ignore
  return html`<section id="metric-${at}">
    <h2><a href="${address.field(stream, metric)}">${name(metric)}</a> ${verdictChip(worstOf(own))}</h2>
    ${charts}
  </section>`
}
