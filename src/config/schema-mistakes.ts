import type { ErrorObject } from 'ajv'
import { adviseOnKey } from './key-names.ts'
import { quoted } from './mistake.ts'
import type { Mistake, SecretTest } from './mistake.ts'
import { nearest } from './nearest.ts'
import { pathOfPointer } from './path.ts'
import type { Path } from './path.ts'
import { resolveNode, schemaErrors, typesOf } from './schema.ts'
import type { SchemaNode } from './schema.ts'

/** What the JSON Schema finds, in our words. `broken`: the values that cannot be looked at any further. */
export function schemaMistakes(raw: unknown, isSecret: SecretTest): { mistakes: Mistake[]; broken: Path[] } {
  const mistakes: Mistake[] = []
  const broken: Path[] = []
  const errors = schemaErrors(raw)
  // A misspelt key leaves the right one missing: that is one mistake, not two.
  const meant = new Set<string>()

  for (const error of errors.filter(({ keyword }) => keyword === 'additionalProperties')) {
    const key = String(error.params.additionalProperty)
    const path = [...pathOfPointer(error.instancePath, raw), key]
    const advice = adviseOnKey(key, Object.keys(parentOf(error).properties ?? {}))
    if (advice.meant !== null) meant.add(`${error.instancePath}/${advice.meant}`)
    mistakes.push({ path, message: advice.message, atKey: true })
    broken.push(path)
  }
  for (const error of errors) {
    const found = wordError(error, raw, meant, isSecret)
    if (found === null) continue
    mistakes.push(found)
    if (!MENDABLE.has(error.keyword)) broken.push(pathOfPointer(error.instancePath, raw))
  }
  return { mistakes, broken }
}

/** Errors that leave the rest of the value usable for further checks. */
const MENDABLE = new Set(['required', 'oneOf', 'uniqueItems'])

function wordError(error: ErrorObject, raw: unknown, meant: ReadonlySet<string>, isSecret: SecretTest): Mistake | null {
  const path = pathOfPointer(error.instancePath, raw)
  const value = quoted(error.data, path, isSecret)
  const { title } = parentOf(error)
  switch (error.keyword) {
    case 'additionalProperties':
    case 'if':
      return null
    case 'required': {
      const key = String(error.params.missingProperty)
      // One branch of a choice, which `oneOf` speaks for.
      if (error.schemaPath.includes('/oneOf/') || meant.has(`${error.instancePath}/${key}`)) return null
      return { path: [...path, key], message: wordMissing(parentOf(error), key) }
    }
    case 'oneOf':
      return wordChoice(error, path, meant)
    case 'type':
      return { path, message: HINTS[title ?? ''] ? `${value} ${HINTS[title!]}` : wordType(error, value) }
    case 'enum':
      return { path, message: wordEnum(error, value) }
    case 'pattern':
      return { path, message: `${value} ${HINTS[title ?? ''] ?? `does not match ${String(error.params.pattern)}`}` }
    case 'uniqueItems': {
      const at = Math.max(Number(error.params.i), Number(error.params.j))
      const twice = [...path, at]
      return { path: twice, message: `${quoted((error.data as unknown[])[at], twice, isSecret)} stands here twice` }
    }
    default:
      return { path, message: wordBound(error, value) }
  }
}

/** What is wrong with a value of a titled kind, and how to write it. */
const HINTS: Readonly<Record<string, string>> = {
  duration: 'is not a duration; write it like "90s" or "5m"',
  size: 'is not a size; write it like "1MiB" or "500kB"',
  'listen address': 'is not an address to listen on; write it like "127.0.0.1:8080" or "0.0.0.0:8080"',
  'broker address': 'is not a broker address; write it like "localhost:9092"',
  URL: 'is not an address of a registry; write it like "http://localhost:8081"',
  'web address': 'is not a web address; write it like "http://localhost:9093", without user and password',
  'label name': 'is not a label name; use letters, digits and "_", and do not begin with "__"',
  'RFC 3339 time': 'is not a time with zone; write it like "2026-03-01T00:00:00Z"',
  start: 'is no place to start; write latest, earliest or a time like "2026-03-01T00:00:00Z"',
  name: 'is not a name; use letters, digits, "_", "-" and "."',
  'topic name': 'is not a topic name; Kafka allows letters, digits, ".", "_" and "-", at most 249',
  'topic prefix': 'is not a topic prefix; use letters, digits, ".", "_" and "-", at most 200',
  'field path': 'is not a field; write a name, or a dotted path like "basket.size"',
  require: 'is neither "all" nor a list of check ids',
}

function wordMissing(parent: SchemaNode, key: string): string {
  const node = parent.properties?.[key]
  const description = node === undefined ? undefined : resolveNode(node).description
  return description === undefined ? 'is missing' : `is missing: ${description}`
}

function wordChoice(error: ErrorObject, path: Path, meant: ReadonlySet<string>): Mistake | null {
  if (typeof error.data !== 'object' || error.data === null || Array.isArray(error.data)) return null
  const names = (parentOf(error).oneOf ?? []).map(({ required }) => required[0])
  const given = names.filter((name) => Object.hasOwn(error.data as object, name))
  const choice = names.map((name) => `"${name}"`).join(' and ')
  if (given.length > 1) return { path: [...path, given[1]!], message: `give only one of ${choice}`, atKey: true }
  if (names.some((name) => meant.has(`${error.instancePath}/${name}`))) return null
  return { path, message: `needs one of ${choice}` }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
}

function wordType(error: ErrorObject, value: string): string {
  const wanted = typesOf(parentOf(error)).flatMap((type) => TYPE_WORDS[type] ?? [])
  return `must be ${wanted.join(' or ')}, not ${value}`
}

function wordEnum(error: ErrorObject, value: string): string {
  const allowed = parentOf(error).enum ?? []
  const near = nearest(String(error.data), allowed)
  const advice = near?.isClose ? `; did you mean "${near.word}"?` : ''
  return `${value} is not one of ${allowed.join(', ')}${advice}`
}

function wordBound(error: ErrorObject, value: string): string {
  const limit = String(error.params.limit)
  switch (error.keyword) {
    case 'minItems':
      return Number(limit) === 1 ? 'needs at least one entry' : `needs ${limit} entries, such as [0, 500]`
    case 'maxItems':
      return `has more than ${limit} entries`
    case 'minLength':
      return 'must not be empty'
    case 'maxLength':
      return `is longer than ${limit} characters`
    case 'minimum':
      return `${value} is too small; at least ${limit}`
    case 'maximum':
      return `${value} is too large; at most ${limit}`
    case 'exclusiveMinimum':
      return `${value} is too small; more than ${limit}`
    case 'exclusiveMaximum':
      return `${value} is too large; less than ${limit}`
    default:
      return error.message ?? error.keyword
  }
}

/** `verbose` gives each error the part of the schema that holds the failing keyword. */
function parentOf(error: ErrorObject): SchemaNode {
  return error.parentSchema as SchemaNode
}
