import type { AlertMark, HistoryAnswer, ShownAlert, ShownCheck } from '../http/facts.ts'
import { titleOf } from '../verdict/subject.ts'
import { unitOf } from '../verdict/tell.ts'
import { address } from './address.ts'
import { historyCharts } from './history-charts.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import type { Page } from './layout.ts'
import { acknowledgedNote, alertLine, checksTable, definitions, evidenceMeter, legend, mutedNote, severityChip, tableOf } from './parts.ts' // prettier-ignore
import { UNKNOWN, changeText, countText, intervalText, name, time } from './show.ts'
import { lookAt, sentenceBody } from './checks.ts'

/** One alert from its first event to its last: the page that the alert itself links to. */
export interface AlertPageFacts {
  alert: ShownAlert
  /** Its own events, oldest first. */
  marks: readonly AlertMark[]
  /** Of the same cause, itself left out. */
  together: readonly ShownAlert[]
  check: ShownCheck | null
  /** Around its life; null where it has no field. */
  history: HistoryAnswer | null
  /** From when to when the field's page should look. */
  range: { fromMs: number; toMs: number }
}

export function alertPage({ alert, marks, together, check, history, range }: AlertPageFacts): Page {
  const { stream, field, severity, state, firedAtMs, resolvedAtMs, reason, segment, cohort, against, n } = alert
  const title = titleOf(alert)
  const charts = history?.kind === 'history' && html`<section id="time"><h2>Around it</h2>${legend('control', 'candidate')}${historyCharts(history.history, check === null ? [] : [check], 'h')}</section>` // prettier-ignore
  const page = lookAt(alert)
  // Where nothing is drawn over time there is no range to look at.
  const look = field !== null && history !== null ? html`<a class="button" href="${address.field(stream, field, range)}">Look at ${name(field)} in that time</a>` : html`<a class="button" href="${page.href}">Look at ${page.what}</a>` // prettier-ignore
  const others = together.length === 0 ? html`<p class="quiet">Nothing else.</p>` : html`<ul class="alerts">${together.map(alertLine)}</ul>` // prettier-ignore
  const body = html`<div class="heading">
      <h1>${name(title, 120)}</h1>
      ${severityChip(severity, state)}
      <span class="quiet">of <a href="${address.stream(stream)}">${name(stream)}</a></span>
    </div>
    <p class="lead">${sentenceBody(reason)}${mutedNote(alert.muted)}${acknowledgedNote(alert.acknowledged)}</p>
    <p>${look}</p>
    <section id="facts">
      ${definitions([
        ['Fired', time(firedAtMs)],
        ['Resolved', resolvedAtMs === null ? 'still firing' : time(resolvedAtMs)],
        ['Effect', effectOf(alert)],
        ['It counts from', alert.effect === null ? UNKNOWN : changeText(alert.effect.threshold, unitOf(alert.effect.name)).replace(/^\+/, '±')], // prettier-ignore
        ['Evidence', evidenceMeter(alert)],
        ['Events', html`A ${countText(n.control)}, B ${countText(n.candidate)}`],
        ['Whose', `${cohort} against the ${against}`],
        ['Segment', segment === null ? 'all' : name(segment)],
      ])}
    </section>
    <section id="life">
      <h2>Its life</h2>
      ${lifeTable(marks)}
    </section>
    ${charts}
    <section id="together">
      <h2>What started with it</h2>
      ${others}
    </section>
    ${
      check !== null &&
      html`<section id="check">
        <h2>The check now</h2>
        ${checksTable([check], 'The check now')}
      </section>`
    }
    <p class="links quiet">Alert <code>${alert.id}</code> · <a href="${address.json.alerts}">JSON of all alerts</a></p>`
  return { title, here: 'alerts', stream: { name: stream, here: 'nowhere' }, body }
}

function effectOf({ effect }: ShownAlert): Content {
  if (effect === null) return UNKNOWN
  const unit = unitOf(effect.name)
  return html`${changeText(effect.estimate, unit)}${effect.low !== null && html` <small>${intervalText(effect.low, effect.high, unit)}</small>`}` // prettier-ignore
}

const TYPES = { firing: 'fired', updated: 'updated', resolved: 'resolved' } as const

function lifeTable(marks: readonly AlertMark[]): Markup {
  if (marks.length === 0) return html`<p class="quiet">Its events are not known here any more.</p>`
  const rows = marks.map(({ type, atMs, severity, effect, evidence, reason }) => {
    const unit = effect === null ? '' : unitOf(effect.name)
    const shown = effect === null ? UNKNOWN : html`<span class="nowrap">${changeText(effect.estimate, unit)}</span> <small class="nowrap">${intervalText(effect.low, effect.high, unit)}</small>` // prettier-ignore
    return html`<tr><th scope="row" class="nowrap">${time(atMs)}</th><td><b class="event ${type}">${TYPES[type]}</b></td><td>${severity}</td><td>${shown}</td><td>${evidence === null ? UNKNOWN : html`<span class="nowrap">${evidence.nats.toFixed(1)} of ${evidence.thresholdNats.toFixed(1)} nats</span>`}</td></tr>
<tr class="reason"><td colspan="5">${sentenceBody(reason)}</td></tr>
` // prettier-ignore
  })
  return tableOf({
    kind: 'checks',
    caption: 'Events of this alert',
    headings: ['When (UTC)', 'What', 'Severity', 'Effect', 'Evidence'],
    rows,
  })
}
