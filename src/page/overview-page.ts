import type { GroupedAlerts } from '../alert/group-alerts.ts'
import type { Overall } from '../verdict/overall.ts'
import { nearness } from '../verdict/watch-list.ts'
import { titleOf } from '../verdict/subject.ts'
import type { ShownAlert, ShownCheck, StreamFacts, StreamTrails, WatchListEntry } from '../http/facts.ts'
import { address } from './address.ts'
import { meterBar } from './chart/bars.ts'
import { CHECK_GROUPS, lookAt, pageOfGroup, progressOf, sentence, tally, worstOf } from './checks.ts'
import type { CheckGroup } from './checks.ts'
import { fieldTable } from './field-table.ts'
import type { FieldSort } from './field-table.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import type { Page } from './layout.ts'
import { alertLine, verdictChip } from './parts.ts'
import { countText, name, plural, range } from './show.ts'

/** Of all streams, or of one. */
export interface OverviewFacts {
  /** The page of one stream alone. */
  only: string | null
  overall: Overall
  streams: readonly { stream: StreamFacts; trails: StreamTrails | null }[]
  checks: readonly ShownCheck[]
  /** Firing ones, by cause, oldest first. */
  groups: readonly (Omit<GroupedAlerts, 'alerts'> & { alerts: readonly ShownAlert[] })[]
  watchList: readonly WatchListEntry[]
  sort: FieldSort
}

/** From the whole to the part: is anything wrong, what first, which question, which field. */
export function overviewPage(facts: OverviewFacts): Page {
  const { only, overall, streams, checks } = facts
  const title = only === null ? 'Overview' : only
  const body = html`<h1${only === null && html` class="unseen"`}>${only === null ? 'Overview' : name(only)}</h1>
<section id="overall" class="overall ${overall.verdict.toLowerCase()}" aria-label="Overall verdict">${verdictChip(overall.verdict)} <p>${overallSentence(facts)}</p></section>
${attention(facts)}
${streams.map(({ stream, trails }) => streamSection(facts, stream, trails, checks.filter((check) => check.stream === stream.name)))}` // prettier-ignore
  const stream = only === null ? {} : ({ stream: { name: only, here: 'fields' } } as const)
  return { title, here: only === null ? 'overview' : 'nowhere', ...stream, body }
}

/** What fires is told in full below; the sentence of the verdict is for everything else. */
function overallSentence({ overall, checks, streams, groups }: OverviewFacts): Content {
  if (checks.length === 0 && streams.every(({ stream }) => stream.slices === 0))
    return 'No slice is closed yet: nothing is judged. The first closes a pane and the allowed lateness after the first event.'
  const counts = tally(checks).map(({ verdict, count }) => `${countText(count)} ${verdict}`)
  if (groups.length === 0)
    return html`${sentence(overall.reason)} <span class="quiet nowrap">${counts.join(' · ')}</span>`
  const firing = groups.reduce((sum, { alerts }) => sum + alerts.length, 0)
  const causes = groups.length === firing ? '' : ` of ${plural(groups.length, 'cause')}`
  return html`${plural(firing, 'alert')}${causes} firing.
    <span class="quiet">Of ${plural(checks.length, 'check')}: ${counts.join(' · ')}</span>`
}

/** What fires, then what deserves a look; that there is nothing is said as well. */
function attention({ groups, watchList }: OverviewFacts): Markup {
  const looks = watchList.filter(({ firing }) => !firing)
  const watched = looks.length === 0 ? null : html`<h3>Deserves a look, though it has not paid for an alarm</h3><ul class="looks">${looks.slice(0, 8).map(watchedLine)}</ul>${looks.length > 8 && html`<p class="links"><a href="${address.watchList()}">all ${looks.length} on the watch list</a></p>`}` // prettier-ignore
  const firing = groups.map(({ alerts }) => alertGroup(alerts))
  const calm = groups.length === 0 && html`<p class="calm">Nothing is firing.</p>`
  return html`<section id="attention" class="attention">
    <h2>Needs attention</h2>
    ${calm}${firing}${watched}
  </section>`
}

/** One cause, one entry: the first alert in full, the others by name. */
function alertGroup([first, ...others]: readonly ShownAlert[]): Markup {
  const also = others.length > 0 && html`<details><summary>and ${plural(others.length, 'more alert')} of the same cause</summary><ul class="alerts">${others.map(alertLine)}</ul></details>` // prettier-ignore
  return html`<div class="cause">
    <ul class="alerts">
      ${first !== undefined && alertLine(first)}
    </ul>
    ${also}
  </div>`
}

export function watchedLine(entry: WatchListEntry): Markup {
  const part = nearness(entry)
  const link = html`<a href="${lookAt(entry).href}">${name(titleOf(entry), 120)}</a>`
  // Sure, and no alarm: what is left are the size of the change and the least of data.
  const words = part < 1 ? `${Math.round(part * 100)} % of the evidence that an alarm needs` : 'as sure as an alarm, but the change is too small to count, or too little came' // prettier-ignore
  return html`<li>${meterBar(part)} ${link} <span class="quiet">${words}</span></li>`
}

function streamSection(
  facts: OverviewFacts,
  stream: StreamFacts,
  trails: StreamTrails | null,
  checks: readonly ShownCheck[],
): Markup {
  const id = `stream-${facts.streams.findIndex((each) => each.stream === stream)}`
  const title = facts.only === null ? html`<a href="${address.stream(stream.name)}">${name(stream.name)}</a>` : 'Fields and checks' // prettier-ignore
  return html`<section id="${id}" class="stream">
    <h2>${title}</h2>
    ${cohortsLine(stream)}
    <ul class="groups">
      ${CHECK_GROUPS.map((group) => groupCard(stream.name, group, checks))}${baselineCard(checks)}
    </ul>
    ${fieldTable({ stream, trails, checks, alerts: facts.groups.flatMap(({ alerts }) => alerts), sort: facts.sort, only: facts.only, anchor: id })}
  </section>`
}

/** Which release is in flight, how much was seen of it, and what is not there. */
function cohortsLine({ fromMs, toMs, slices, incompleteSlices, events, cohorts, topic }: StreamFacts): Markup {
  const [control, candidate, other] = ['control', 'candidate', 'other'].map((wanted) => cohorts.find((cohort) => cohort.name === wanted)) // prettier-ignore
  const side = (letter: string, cohort: StreamFacts['cohorts'][number] | undefined): Content =>
    cohort !== undefined && html`<span><b class="cohort ${letter.toLowerCase()}">${letter}</b> ${cohort.name} <span class="quiet">${cohort.values.map((value) => name(value, 40))}</span> ${countText(cohort.events)} events of ${cohort.unitsEstimated ? 'about ' : ''}${countText(cohort.units)} units</span>` // prettier-ignore
  const incomplete = incompleteSlices > 0 && html` · <strong>${countText(incompleteSlices)} of ${countText(slices)} slices incomplete</strong>` // prettier-ignore
  const rejected = events.rejected > 0 && html` · <strong>${countText(events.rejected)} rejected</strong>`
  const late = events.late > 0 && html` · ${countText(events.late)} late`
  const others = other !== undefined && other.events > 0 && html` · ${countText(other.events)} events of other cohorts`
  return html`<p class="cohorts">${side('A', control)} ${side('B', candidate)}</p>
    <p class="quiet">
      Topic ${name(topic)} ·
      ${slices === 0 ? 'no slice closed yet' : html`${range(fromMs, toMs)} · ${plural(slices, 'slice')}`} ·
      ${countText(events.read)} records${incomplete}${rejected}${late}${others}
    </p>`
}

function groupCard(stream: string, group: CheckGroup, all: readonly ShownCheck[]): Markup {
  const checks = all.filter((check) => group.checks.includes(check.check) && check.against !== 'baseline')
  return card(pageOfGroup(stream, group.name), group.title, group.question, checks)
}

function baselineCard(all: readonly ShownCheck[]): Content {
  const checks = all.filter(({ against }) => against === 'baseline')
  if (checks.length === 0) return null
  return card(address.quality(checks[0]!.stream), 'Other days', 'Is it as the baseline says?', checks)
}

/** The worst verdict of a question, how many there are of each, and of what is not known yet how much there is. */
function card(href: string, title: string, question: string, checks: readonly ShownCheck[]): Markup {
  const worst = worstOf(checks)
  const counts = tally(checks).map(({ verdict, count }) => `${count} ${verdict}`).join(' · ') // prettier-ignore
  const told = worst === 'FAIL' || worst === 'ERROR' ? checks.find(({ verdict }) => verdict === worst) : undefined
  const waiting = checks
    .toSorted((one, other) => Number(one.segment !== null) - Number(other.segment !== null))
    .flatMap((check) => (check.verdict === 'INSUFFICIENT' ? (progressOf(check) ?? []) : []))
  const detail = told !== undefined ? titleOf(told) : waiting.length > 0 ? `${waiting[0]!} needed` : ''
  const isLoud = told !== undefined
  return html`<li class="${worst?.toLowerCase() ?? 'none'}">
    <a href="${href}"><span class="group">${title}</span> ${verdictChip(worst)}</a
    ><span class="quiet">${counts === '' ? question : counts}</span
    >${detail !== '' && html`<span class="detail${!isLoud && ' quiet'}">${detail}</span>`}
  </li>`
}
