import type { WatchListEntry } from '../http/facts.ts'
import { titleOf } from '../verdict/subject.ts'
import { nearness } from '../verdict/watch-list.ts'
import { address } from './address.ts'
import { meterBar } from './chart/bars.ts'
import { lookAt } from './checks.ts'
import { html } from './html.ts'
import type { Markup } from './html.ts'
import type { Page } from './layout.ts'
import { number, tableOf } from './parts.ts'
import { name } from './show.ts'

/** Checks that deserve a look, though none has paid for an alarm. */
export function watchListPage(entries: readonly WatchListEntry[]): Page {
  const list = entries.length === 0 ? html`<p class="calm">No check has more evidence than chance explains.</p>` : tableOf({ kind: 'watched', label: 'Watch list', caption: 'Watch list, nearest to its alarm first', headings: ['Check', 'Stream', 'Evidence', number('Of an alarm'), 'State'], rows: entries.map(row) }) // prettier-ignore
  const body = html`<h1>Watch list</h1>
    <p>
      Of all checks together, those with more evidence than chance explains: at most one in ten of them is to be
      expected here for nothing. This is no verdict and sends no alert; it is where to look when somebody has time to
      look.
    </p>
    <section id="list" aria-label="Entries">${list}</section>
    <p class="links"><a href="${address.json.watchList}">JSON</a></p>`
  return { title: 'Watch list', here: 'watch-list', body }
}

function row(entry: WatchListEntry): Markup {
  const { stream, firing, nats, thresholdNats } = entry
  return html`<tr>
    <th scope="row"><a href="${lookAt(entry).href}">${name(titleOf(entry), 120)}</a></th>
    <td><a href="${address.stream(stream)}">${name(stream)}</a></td>
    <td>
      ${meterBar(nearness(entry))} <span class="nowrap">${nats.toFixed(1)} of ${thresholdNats.toFixed(1)} nats</span>
    </td>
    <td class="number">${Math.round(nearness(entry) * 100)} %</td>
    <td>${firing ? html`<b class="chip firing">firing</b>` : 'watched'}</td>
  </tr> `
}
