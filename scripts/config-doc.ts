// Writes docs/configuration.md from schemas/config.schema.json:  node scripts/with-node.mjs scripts/config-doc.ts
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { pathToFileURL } from 'node:url'

interface Node {
  $ref?: string
  title?: string
  description?: string
  type?: string | string[]
  enum?: string[]
  default?: unknown
  properties?: Record<string, Node>
  required?: string[]
  items?: Node
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  definitions?: Record<string, Node>
}

const schema = JSON.parse(
  readFileSync(new URL('../schemas/config.schema.json', import.meta.url), 'utf8'),
) as Required<Node>

/** The page as it should stand in docs/; a test compares the two. */
export function configPage(): string {
  const { policy, stream, field, engagement } = schema.definitions
  const service = Object.entries(schema.properties).filter(([key]) => key !== 'streams' && key !== 'policy')
  return [
    INTRO,
    section('The service', { ...schema, properties: Object.fromEntries(service) }, ''),
    section('A stream', without(stream!, ['fields', 'engagement']), 'streams[].'),
    section('A field', field!, 'streams[].fields[].'),
    section('An engagement metric', engagement!, 'streams[].engagement[].'),
    section('The policy', policy!, 'policy.'),
    OUTRO,
  ].join('\n')
}

function section(title: string, node: Node, prefix: string): string {
  const rows = rowsOf(node, prefix).map((cells) => `| ${cells.map(cellText).join(' | ')} |`)
  return [`## ${title}`, '', '| key | value | default | effect |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
}

type Row = [key: string, value: string, fallback: string, effect: string]

/** One row for each key, those of a mapping below it. */
function rowsOf({ properties = {}, required = [] }: Node, prefix: string): Row[] {
  return Object.entries(properties).flatMap(([key, raw]): Row[] => {
    const node = resolve(raw)
    const path = `${prefix}${key}`
    const row: Row = [`\`${path}\``, valueOf(node), fallbackOf(node, required.includes(key)), node.description ?? '']
    const inItems = node.items === undefined ? [] : rowsOf(resolve(node.items), `${path}[].`)
    return [row, ...rowsOf(node, `${path}.`), ...inItems]
  })
}

function valueOf(node: Node): string {
  const known = WORDS[node.title ?? '']
  if (known !== undefined) return known
  if (node.enum !== undefined) return node.enum.map((each) => `\`${each}\``).join(', ')
  const types = [node.type ?? 'any'].flat().filter((type) => type !== 'null')
  if (types.join() === 'string,number,boolean') return 'text'
  return types.map((type) => (type === 'array' ? `list of ${listed(node)}` : wordOf(type, node))).join(', or ')
}

/** Titles whose types alone would say too much or too little. */
const WORDS: Readonly<Record<string, string>> = {
  start: '`latest`, `earliest`, or RFC 3339 time',
  require: '`all`, or list of check ids',
  text: 'text',
  'list of texts': 'text, or list of texts',
  size: 'size',
  'broker address': '`host:port`',
  'listen address': '`host:port`',
}

function listed({ items }: Node): string {
  const item = resolve(items ?? {})
  if (item.properties !== undefined) return 'mappings'
  const word = item.type?.includes('number') === true && item.title === undefined ? 'number' : valueOf(item)
  return item.enum === undefined && !word.startsWith('`') ? `${word}s` : word
}

function wordOf(type: string, node: Node): string {
  switch (type) {
    case 'object':
      return 'mapping'
    case 'boolean':
      return '`true`, `false`'
    case 'string':
      return node.title ?? 'text'
    default:
      return `${type === 'integer' ? 'whole number' : 'number'}${limitsOf(node)}`
  }
}

function limitsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Node): string {
  const low =
    exclusiveMinimum === undefined ? (minimum === undefined ? [] : [`≥ ${minimum}`]) : [`> ${exclusiveMinimum}`]
  const high =
    exclusiveMaximum === undefined ? (maximum === undefined ? [] : [`≤ ${maximum}`]) : [`< ${exclusiveMaximum}`]
  const limits = [...low, ...high]
  return limits.length === 0 ? '' : ` ${limits.join(', ')}`
}

function fallbackOf(node: Node, isRequired: boolean): string {
  if (node.default !== undefined && node.default !== null) return `\`${flow(node.default)}\``
  return isRequired ? '**required**' : ''
}

/** As one would write it in YAML. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return `{${Object.entries(value).map(([key, each]) => `${key}: ${flow(each)}`).join(', ')}}` // prettier-ignore
}

function cellText(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

function without(node: Node, keys: readonly string[]): Node {
  const kept = Object.entries(node.properties ?? {}).filter(([key]) => !keys.includes(key))
  return { ...node, properties: Object.fromEntries(kept) }
}

function resolve(node: Node): Node {
  if (node.$ref === undefined) return node
  return { ...schema.definitions[node.$ref.slice('#/definitions/'.length)]!, ...node }
}

const INTRO = `# Configuration

<!-- Written by scripts/config-doc.ts from schemas/config.schema.json. Do not edit: a test compares the two. -->

One YAML file describes what is watched. \`config/evenkeel.example.yaml\` has every key with a comment; this page is the same as
a table. Point your editor at \`schemas/config.schema.json\` and it completes keys and marks mistakes while you type.

\`evenkeel check --config FILE\` says every mistake at once, with line and column; unknown keys are refused with the nearest key
that exists. Every other command reads the file in the same way and exits with 78 if anything is wrong.

- **Durations** are written \`250ms\`, \`90s\`, \`5m\`, \`1h30m\`, \`14d\`; **sizes** \`4096\`, \`500kB\`, \`1MiB\`; **times** as RFC 3339.
- **Field paths** with dots reach into records: \`basket.size\`.
- **Texts** (cohort values, \`equals\`, vocabularies) are compared with what the event holds written as text: \`42\`, \`true\`, \`m41\`.
- **Environment.** Each key can be set by a variable: its path in upper case behind \`EVENKEEL_\`, such as \`EVENKEEL_KAFKA_BROKERS=a:9092,b:9092\`
  or \`EVENKEEL_STREAMS_0_TOPIC=shop.views\`. A variable wins over the file; one that is set to nothing counts as not set.
- **Secrets.** \`EVENKEEL_<KEY>_FILE\` reads the value of any key from a file, and the keys that end in \`File\` do the same in YAML.
- \`EVENKEEL_CONFIG\` names the file where \`--config\` is not given.
- Paths of files are relative to the working directory.

## What may change under a running watch

A changed file takes effect when the service is started again. Most keys may change at any time. Those that shape panes may not,
because panes of two shapes cannot be added up: \`panes.length\`, \`panes.lateness\`, \`panes.ahead\`, \`limits.recordBytes\`, and of a stream
\`name\`, \`topic\`, \`format\`, \`eventTime\`, \`id\`, \`unit\`, \`salt\`, \`cohort\`, \`synthetic\`, \`fields\` (all but \`role\`; their order counts) and
\`engagement\`. An instance that finds another shape in the ledger refuses to start
([EVENKEEL_PANE_CONFIG_CHANGED](errors.md#evenkeel_pane_config_changed)). From a date on they may change: announce it with
\`evenkeel panes change\` ([how](operations.md#changing-what-shapes-panes)). \`name\`, \`topic\`, \`format\` and \`eventTime\` never do: begin a stream of another
name.

When the policy changes, a start judges all slices that are kept by the new policy, and publishes what it would have alerted.
`

const OUTRO = `## Keys ahead of their checks

Keys may be read and checked although the check behind them is not built in this version; the [status in README](../README.md#status)
says which those are. Their part of the false-alarm budget is set aside already, so that thresholds will not move when they come.
`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(new URL('../docs/configuration.md', import.meta.url), configPage())
}
