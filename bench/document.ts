import { GROUPS } from './groups.ts'
import type { Row } from './row.ts'
import { cellsOf, HEADS } from './table.ts'

export interface Circumstances {
  at: string
  node: string
  cpu: string
  cores: number
  load: number
  scale: number
}

/** `docs/performance.md`: the tables of one run, and what to know to read them. No figure in it is typed by hand. */
export function documentText(groups: Readonly<Record<string, readonly Row[]>>, of: Circumstances): string {
  const missed = Object.entries(groups).flatMap(
    ([group, rows]) =>
    rows.filter(({ isMet }) => isMet === false).map(({ name, goal, note }) => `- \`${group}\`, ${name}: ${goal} missed${note === undefined ? '' : ` (${note})`}`), // prettier-ignore
  )
  return [
    HEAD,
    `This run: ${of.at.slice(0, 10)}, Node ${of.node.slice(1)}, ${of.cores} cores (${of.cpu}), load ${of.load.toFixed(1)} at its start.`,
    '## Goals that this run missed',
    missed.length === 0 ? 'None.' : missed.join('\n'),
    ...Object.entries(groups).flatMap(([name, rows]) => [
      `## ${name}`,
      `${upperFirst(GROUPS[name]!.title)}.`,
      markdownTable(rows),
    ]),
  ]
    .join('\n\n')
    .concat('\n')
}

const HEAD = `# Performance

What an event costs, what a slice costs, and how much memory it takes. This page is written by the program that measures it:

\`\`\`
npm run bench -- --write-docs
\`\`\`

Machines differ, and the same machine differs from hour to hour, so a figure says little and a ratio to something known in the same run says
more. The peers are

- **A**: one record of 32 fields decoded whole by \`avsc\`'s \`fromBuffer\`, without anything done to its values;
- **J**: one line of the same record as JSON, parsed by \`JSON.parse\` from a string in memory;
- **K**: a KafkaJS consumer that reads the same topic and looks at nothing;
- **a**: our own decoding and observing of records in memory, 10 of 32 fields, in one large pane.

Costs are processor time of the whole process (all threads), the lowest of several turns in which the cases of a group take each other's
place, each group in a process of its own. "Observe" means everything that \`run\` does with an event: the contract, event time and watermark,
cohort and unit, every sketch, panes that close.

How to read the rows of \`replay\`: what a slice costs (closing its panes, assembling, judging every check) does not grow with the events in
it. So a busy topic pays it once for 100,000 events, a quiet one for 5,000; the goals hold for busy ones, and the other rows say how much
of an event's cost the slice is.`

function markdownTable(rows: readonly Row[]): string {
  const lines = rows.map(cellsOf)
  const used = HEADS.map((_, column) => column).filter((column) => lines.some((cells) => cells[column] !== ''))
  const line = (cells: readonly string[]): string =>
    `| ${used.map((column) => cells[column]!.replaceAll('|', '\\|')).join(' | ')} |`
  const marks = HEADS.map((_, column) => (column === 1 || column === 3 ? '--:' : '---'))
  return [HEADS, marks, ...lines].map(line).join('\n')
}

function upperFirst(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`
}
