import type { GroupedAlerts } from '../alert/group-alerts.ts'
import type { ShownAlert } from '../http/facts.ts'
import { address } from './address.ts'
import { html } from './html.ts'
import type { Markup } from './html.ts'
import type { Page } from './layout.ts'
import { alertLine, severityChip } from './parts.ts'
import { plural, time } from './show.ts'

export const ALERT_STATES = ['firing', 'resolved', 'all'] as const
export type AlertState = (typeof ALERT_STATES)[number]

/** Alerts by cause, the newest first. */
export interface AlertsFacts {
  state: AlertState
  groups: readonly (Omit<GroupedAlerts, 'alerts'> & { alerts: readonly ShownAlert[] })[]
  counts: { firing: number; resolved: number }
}

export function alertsPage({ state, groups, counts }: AlertsFacts): Page {
  const link = (each: AlertState, label: string): Markup =>
    html`<li>
      <a href="${address.alerts({ state: each })}" ${state === each && html` aria-current="true"`}>${label}</a>
    </li>`
  const none = groups.length === 0 && html`<p class="calm">${state === 'resolved' ? 'No alert has resolved.' : state === 'firing' ? 'Nothing is firing.' : 'Nothing has fired since the watch began.'}</p>` // prettier-ignore
  const body = html`<h1>Alerts</h1>
    <ul class="tabs" id="tabs">
      ${link('firing', `Firing ${counts.firing}`)}${link('resolved', `Resolved ${counts.resolved}`)}${link('all', `All ${counts.firing + counts.resolved}`)}
    </ul>
    <div id="list">${none}${groups.toSorted((one, other) => other.firedAtMs - one.firedAtMs).map(cause)}</div>
    <p class="links"><a href="${address.json.alerts}">JSON</a></p>`
  return { title: 'Alerts', here: 'alerts', body }
}

function cause({ severity, state, firedAtMs, alerts }: AlertsFacts['groups'][number]): Markup {
  const heading = alerts.length === 1 ? null : html`<h2 class="cause-head">${severityChip(severity, state)} ${plural(alerts.length, 'alert')} of one cause, from ${time(firedAtMs)}</h2>` // prettier-ignore
  return html`<section class="cause">
    ${heading}
    <ul class="alerts">
      ${alerts.map(alertLine)}
    </ul>
  </section>`
}
