import type { QuarantineFacts, ShownCheck, StreamFacts } from '../http/facts.ts'
import { address } from './address.ts'
import { worstOf } from './checks.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import type { Page } from './layout.ts'
import { checksTable, number, tableOf, verdictChip } from './parts.ts'
import { UNKNOWN, countText, name, plural, range, shareText, time } from './show.ts'

/** Which records broke the contract, how, and where they stand. Never what was in them. */
export interface ViolationsFacts {
  stream: StreamFacts
  quarantine: QuarantineFacts
  checks: readonly ShownCheck[]
}

export function violationsPage({ stream, quarantine, checks }: ViolationsFacts): Page {
  const schema = checks.filter(({ check }) => check === 'schema')
  const examples = quarantine.examples.filter((example) => example.stream === stream.name)
  const body = html`<div class="heading">
      <h1>Violations</h1>
      ${verdictChip(worstOf(schema))} <span class="quiet">of ${name(stream.name)}</span>
    </div>
    <section id="reasons">
      <h2>Reasons</h2>
      ${reasonsTable(stream)}
    </section>
    <section id="examples">
      <h2>Rejected records</h2>
      ${examplesTable(examples, quarantine.examplesMax)}
    </section>
    <section id="set-aside">
      <h2>Fields set aside</h2>
      ${setAsideTable(stream)}
    </section>
    <section id="checks">
      <h2>Checks</h2>
      ${checksTable(schema, 'Schema checks')}
    </section>
    <p class="links">
      <a href="${address.json.quarantine(stream.name)}">JSON of the rejected records</a> ·
      <a href="${address.json.streams}">JSON of the counts</a>
    </p>`
  return { title: `Violations of ${stream.name}`, here: 'nowhere', stream: { name: stream.name, here: 'violations' }, body } // prettier-ignore
}

/** What each reason means, and what became of the record. */
const REASONS: Readonly<
  Record<string, { says: string; fate: 'record rejected' | 'field set aside' | 'rejected or set aside' }>
> = {
  undecodable: { says: 'the bytes are no event of the format', fate: 'record rejected' },
  'unknown-schema': { says: 'the registry knows no such schema', fate: 'record rejected' },
  oversized: { says: 'the record is larger than allowed', fate: 'record rejected' },
  'bad-timestamp': { says: 'the time field is missing or no time', fate: 'record rejected' },
  'future-timestamp': { says: 'the event is further ahead of its partition than allowed', fate: 'record rejected' },
  'missing-cohort': { says: 'the cohort field is missing', fate: 'record rejected' },
  'missing-required': { says: 'a required field is missing', fate: 'field set aside' },
  'wrong-type': { says: 'a field has another type than declared', fate: 'field set aside' },
  'not-in-values': { says: 'a value is none of the declared ones', fate: 'field set aside' },
  other: {
    says: 'beyond 64 fields and reasons in five minutes: counted, not told apart',
    fate: 'rejected or set aside',
  },
}

function reasonsTable({ violations, events }: StreamFacts): Markup {
  const found = Object.entries(violations).sort(([, one], [, other]) => other - one)
  if (found.length === 0) return html`<p class="calm">No record has broken the contract.</p>`
  const rows = found.map(([reason, count]) => {
    const { says, fate } = REASONS[reason] ?? { says: '', fate: '' }
    return html`<tr><th scope="row"><code>${reason}</code></th><td class="number">${countText(count)}</td><td class="number">${shareText(events.read > 0 ? count / events.read : null)}</td><td>${says}</td><td>${fate}</td></tr>
` // prettier-ignore
  })
  return tableOf({
    kind: 'sides',
    caption: 'Violations by reason',
    headings: ['Reason', number('How often'), number('Of all records'), 'What it means', 'What happens'],
    rows,
  })
}

type Example = QuarantineFacts['examples'][number]

/** So many of each reason are enough to begin with. */
const SHOWN_OF_EACH = 3

function examplesTable(examples: readonly Example[], max: number): Content {
  if (examples.length === 0) return html`<p class="quiet">No record was rejected lately.</p>`
  const byReason = [...Map.groupBy(examples, ({ reason }) => reason).values()]
  const newest = byReason.flatMap((each) => each.slice(0, SHOWN_OF_EACH))
  const others = byReason.flatMap((each) => each.slice(SHOWN_OF_EACH))
  const { topic, partition, offset } = newest[0]!
  return html`<p class="quiet">
      The newest of each reason, by where they stand. What was in them is not kept here: read it from the topic, with
      the rights that takes, for example with
      ${kcat(topic, [
        ['p', partition],
        ['o', offset],
        ['c', 1],
      ])}
    </p>
    ${examplesOf(newest, 'Rejected records')}
    ${
      others.length > 0 &&
      html`<details>
        <summary>${plural(others.length, 'older one')}, of each reason at most ${max} in all</summary>
        ${examplesOf(others, 'Rejected records before')}
      </details>`
    }`
}

/** A command to copy; it may go on in the next line, but not within an option. */
function kcat(topic: string, options: readonly (readonly [letter: string, value: string | number])[]): Markup {
  const all = [['b', 'BROKER'], ['t', topic], ...options] as const
  return html`<code
    >kcat${all.map(([letter, value]) => html` <span class="nowrap">-${letter}</span> ${String(value)}`)}</code
  >`
}

/** Which fields, in whose records, and where to look: as near as five minutes, for panes keep no offset of them. */
function setAsideTable({ name: stream, topic, setAside }: StreamFacts): Content {
  const last = setAside[0]
  if (last === undefined) return html`<p class="quiet">No field was set aside.</p>`
  const rows = setAside.map(({ reason, field, control, candidate, other, lastFromMs, lastToMs }) => html`<tr><th scope="row"><code>${reason}</code></th><td><a href="${address.field(stream, field)}">${name(field, 60)}</a></td><td class="number">${countText(control)}</td><td class="number">${countText(candidate)}</td><td class="number">${countText(other)}</td><td>${range(lastFromMs, lastToMs)}</td></tr>
`) // prettier-ignore
  return html`<p class="quiet">
      The records of these are accepted and stay where they are, and no offset of them is kept. Where the time of a
      record on the topic is that of its event, the last ones are found with
      ${kcat(topic, [
        ['o', `s@${last.lastFromMs}`],
        ['o', `e@${last.lastToMs}`],
      ])}
    </p>
    ${tableOf({
      kind: null,
      caption: 'Fields set aside',
      headings: ['Reason', 'Field', number('A'), number('B'), number('Others'), 'Last one, by event time'],
      rows,
    })}`
}

function examplesOf(examples: readonly Example[], caption: string): Markup {
  const rows = examples.map(({ reason, topic, partition, offset, field, hash, quarantinedAtMs }) => html`<tr><th scope="row"><code>${reason}</code></th><td>${field === null ? UNKNOWN : name(field, 60)}</td><td>${name(topic, 80)}</td><td class="number">${partition}</td><td class="number">${offset}</td><td>${time(quarantinedAtMs)}</td><td><code>${hash === null ? 'tombstone' : hash.replace('sha256:', '').slice(0, 12)}</code></td></tr>
`) // prettier-ignore
  return tableOf({
    kind: null,
    caption,
    headings: [
      'Reason',
      'Field',
      'Topic',
      number('Partition'),
      number('Offset'),
      'Set aside, by the broker’s clock',
      'sha256',
    ],
    rows,
  })
}
