import type { Severity, VerdictKind } from '../verdict/check.ts'
import { titleOf } from '../verdict/subject.ts'
import type { AcknowledgedBy, MutedBy, ShownAlert, ShownCheck } from '../http/facts.ts'
import { address } from './address.ts'
import { meterBar } from './chart/bars.ts'
import { byUrgency, lookAt, nearnessOf, progressOf, sentenceBody } from './checks.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import { UNKNOWN, changeText, countText, intervalText, name, plural, shareText, time } from './show.ts'
import { unitOf } from '../verdict/tell.ts'

/** Small things that stand on many pages. */
export function verdictChip(verdict: VerdictKind | null): Markup {
  if (verdict === null) return html`<span class="chip none">no check</span>`
  return html`<b class="chip ${verdict.toLowerCase()}">${verdict}</b>`
}

/** With how much there is of what is needed, where that is known. */
export function checkChip(check: ShownCheck): Markup {
  const progress = check.verdict === 'INSUFFICIENT' ? progressOf(check) : null
  return html`${verdictChip(check.verdict)}${progress !== null && html` <small>${progress}</small>`}`
}

/** A share with its count; none is none, without a share. */
export function shareOf(part: number, whole: number): Content {
  if (whole > 0 && part === 0) return '0'
  return html`${shareText(whole > 0 ? part / whole : null)} <small>${countText(part)}</small>`
}

export function severityChip(severity: Severity, state: 'firing' | 'resolved'): Markup {
  return state === 'firing'
    ? html`<b class="chip firing ${severity}">${severity}</b>`
    : html`<span class="chip resolved">resolved</span>`
}

/** Who is A and who is B, with the letters and the textures that all charts use. */
export function legend(a: Content, b: Content): Markup {
  return html`<p class="legend">
    <span><i class="swatch a" aria-hidden="true"></i>A ${a}</span>
    <span
      ><svg class="swatch b" width="16" height="12" aria-hidden="true">
        <rect class="bar b" width="16" height="12" fill="url(#hatch-b)" /></svg
      >B ${b}</span
    >
  </p>`
}

export function evidenceMeter(check: Pick<ShownCheck, 'evidence'>): Content {
  if (check.evidence === null) return UNKNOWN
  const part = nearnessOf(check)
  const { nats, thresholdNats } = check.evidence
  return html`${meterBar(part)}
    <span class="nowrap">${nats.toFixed(1).replace('-', '−')} of ${thresholdNats.toFixed(1)} nats</span>`
}

export function effectText({ effect }: Pick<ShownCheck, 'effect'>): Content {
  if (effect === null) return UNKNOWN
  const unit = unitOf(effect.name)
  const interval = effect.low === null ? null : html` <small class="nowrap">${intervalText(effect.low, effect.high, unit)}</small>` // prettier-ignore
  return html`<span class="nowrap">${changeText(effect.estimate, unit)}</span>${interval}`
}

/** So many that pass are read in passing; more are folded away, so that what does not pass is not lost among them. */
const PASSING_SHOWN_MAX = 6

/** Every check with its whole sentence; worst first. */
export function checksTable(checks: readonly ShownCheck[], caption: string): Content {
  if (checks.length === 0) return html`<p class="quiet">There is no such check.</p>`
  const [passing, others] = [true, false].map((wanted) => checks.filter(({ verdict }) => (verdict === 'PASS') === wanted)) as [ShownCheck[], ShownCheck[]] // prettier-ignore
  if (passing.length <= PASSING_SHOWN_MAX) return tableOfChecks(checks, caption)
  return html`${others.length > 0 && tableOfChecks(others, caption)}
    <details>
      <summary>${plural(passing.length, 'check')} that pass</summary>
      ${tableOfChecks(passing, `${caption} that pass`)}
    </details>`
}

function tableOfChecks(checks: readonly ShownCheck[], caption: string): Markup {
  return tableOf({
    kind: 'checks',
    caption,
    headings: ['Check', 'Verdict', 'Effect', 'Evidence, of what an alarm needs', number('n A'), number('n B')],
    rows: checks.toSorted(byUrgency).map(checkRows),
  })
}

function checkRows(check: ShownCheck): Markup {
  const { n } = check
  const heading = html`<a href="${lookAt(check).href}">${name(titleOf(check), 120)}</a>`
  return html`<tr>
      <th scope="row">${heading}</th>
      <td>${checkChip(check)}</td>
      <td>${effectText(check)}</td>
      <td>${evidenceMeter(check)}</td>
      <td class="number">${countText(n.control)}</td>
      <td class="number">${countText(n.candidate)}</td>
    </tr>
    <tr class="reason">
      <td colspan="6">${sentenceBody(check.reason)}${mutedNote(check.muted)}</td>
    </tr> `
}

export function mutedNote(muted: MutedBy | null): Content {
  if (muted === null) return null
  return html` <span class="note-line"
    >Muted until ${time(muted.untilMs)} by ${name(muted.by)}: ${muted.reason}. It is judged as before.</span
  >`
}

export function acknowledgedNote(acknowledged: AcknowledgedBy | null): Content {
  if (acknowledged === null) return null
  return html` <span class="note-line"
    >Seen to by ${name(acknowledged.by)} at ${time(acknowledged.atMs)}: ${acknowledged.reason}.</span
  >`
}

export function alertTitle(alert: ShownAlert): Markup {
  return html`<li>${alertHead(alert)}</li>`
}

function alertHead(alert: ShownAlert): Markup {
  const { id, stream, state, severity, firedAtMs, resolvedAtMs } = alert
  const until = state === 'resolved' ? html`, resolved ${time(resolvedAtMs)}` : null
  return html`${severityChip(severity, state)}
    <a class="title" href="${address.alert(id)}">${name(titleOf(alert), 120)}</a>
    <span class="quiet">of ${name(stream)}, fired ${time(firedAtMs)}${until}</span>`
}

export function alertLine(alert: ShownAlert): Markup {
  const { id, reason } = alert
  const look = lookAt(alert)
  return html`<li class="alert">
    <p class="alert-head">${alertHead(alert)}</p>
    <p class="sentence">${sentenceBody(reason)}${mutedNote(alert.muted)}${acknowledgedNote(alert.acknowledged)}</p>
    <p class="links">
      <a href="${address.alert(id)}">its whole life</a> · <a href="${look.href}">look at ${look.what}</a>
    </p>
  </li> `
}

/** What stands over a column of a table; a number stands to the right, under a heading that does. */
export type Heading = string | { text: string; kind: 'number' | 'wide' }

export function number(text: string): Heading {
  return { text, kind: 'number' }
}

export function wide(text: string): Heading {
  return { text, kind: 'wide' }
}

/** A table of rows that its caller has written, with a caption for who reads by ear, inside what lets it scroll. */
export function tableOf(options: {
  /** How its rows look (page.css). */
  kind: 'checks' | 'sides' | 'moved' | 'watched' | null
  caption: string
  /** Of what scrolls, where the caption would be long. */
  label?: string
  headings: readonly Heading[]
  rows: Content
}): Markup {
  const { kind, caption, label = caption, headings, rows } = options
  return scrolled(
    label,
    html`<table${kind !== null && html` class="${kind}"`}>
      <caption class="unseen">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${headings.map(headingCell)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`,
  )
}

function headingCell(heading: Heading): Markup {
  if (typeof heading === 'string') return html`<th scope="col">${heading}</th>`
  return html`<th scope="col" class="${heading.kind}">${heading.text}</th>`
}

/** A wide table scrolls by itself, by keyboard too; the page never does. */
export function scrolled(label: string, table: Content): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${table}</div>`
}

export function definitions(pairs: readonly (readonly [Content, Content])[]): Markup {
  return html`<dl class="facts">
    ${pairs.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`
}
