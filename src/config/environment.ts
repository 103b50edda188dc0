import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Mistake } from './mistake.ts'
import { nearest } from './nearest.ts'
import { pathText, valueAt } from './path.ts'
import type { Path } from './path.ts'
import { configSchema, resolveNode, typesOf } from './schema.ts'
import type { SchemaNode } from './schema.ts'

/**
 * Overrides from the environment: a key's path in upper case, with EVENKEEL_ in front.
 *
 *   kafka.brokers                EVENKEEL_KAFKA_BROKERS=a:9092,b:9092
 *   policy.falseAlarmBudget      EVENKEEL_POLICY_FALSEALARMBUDGET, or ..._FALSE_ALARM_BUDGET
 *   streams[0].topic             EVENKEEL_STREAMS_0_TOPIC
 *   kafka.sasl.password          EVENKEEL_KAFKA_SASL_PASSWORD_FILE=/run/secrets/kafka   (any key: its value is the file's text)
 *
 * Texts are taken as they are, other values as YAML; a list is separated by commas, or YAML in brackets. A variable set
 * to nothing counts as not set, which is what compose files make of an absent one.
 */
export function applyEnvironment(value: unknown, env: Readonly<Record<string, string | undefined>>): Environment {
  const root = isMapping(value) ? structuredClone(value) : value
  const result: Environment = { value: root, origins: new Map(), mistakes: [], hidden: new Set() }
  if (!isMapping(root)) return result
  const names = Object.keys(env).filter((name) => name.startsWith(PREFIX) && !PROCESS_NAMES.has(name) && env[name])
  // In a fixed order, and a list's first entry before its second.
  for (const name of names.sort(byNumbersInside)) applyOne(name, env[name]!, root, result)
  return result
}

export interface Environment {
  value: unknown
  /** By path text: the variable that set the value there. */
  origins: Map<string, string>
  mistakes: (Mistake & { variable: string })[]
  /** Path texts of values read from files: never quoted. */
  hidden: Set<string>
}

const PREFIX = 'EVENKEEL_'

/** Variables about the process, not the configuration. */
export const PROCESS_NAMES: ReadonlySet<string> = new Set(['EVENKEEL_CONFIG', 'EVENKEEL_LOG_LEVEL'])

interface Target {
  path: Path
  node: SchemaNode
}

function applyOne(variable: string, text: string, root: Record<string, unknown>, result: Environment): void {
  const words = variable.slice(PREFIX.length).split('_')
  let [target, ...others] = findTargets(words, configSchema, [])
  let content = text
  let isFile = false
  if (target === undefined && words.at(-1) === 'FILE') {
    ;[target, ...others] = findTargets(words.slice(0, -1), configSchema, [])
    isFile = target !== undefined
  }
  if (target === undefined) {
    result.mistakes.push({ variable, path: [], message: wordUnknown(variable) })
    return
  }
  if (others.length > 0) {
    const keys = [target, ...others].map(({ path }) => pathText(path)).join(' or ')
    result.mistakes.push({ variable, path: target.path, message: `may mean ${keys}: set it in the file instead` })
    return
  }
  if (isFile) {
    try {
      content = readFileSync(text, 'utf8').replace(/\r?\n$/, '')
    } catch (error) {
      result.mistakes.push({
        variable,
        path: target.path,
        message: `the file cannot be read: ${(error as Error).message}`,
      })
      return
    }
    result.hidden.add(pathText(target.path))
  }
  if (!setAt(root, target.path, readValue(content, target.node))) {
    result.mistakes.push({
      variable,
      path: target.path,
      message: `${pathText(target.path)} has no place: a list before it is shorter`,
    })
    return
  }
  result.origins.set(pathText(target.path), variable)
}

/** Every key the words can spell. A key may take several words: FALSE_ALARM_BUDGET is falseAlarmBudget. */
function findTargets(words: readonly string[], rawNode: SchemaNode, path: Path): Target[] {
  const node = resolveNode(rawNode)
  if (words.length === 0) return path.length > 0 ? [{ path, node }] : []
  const targets: Target[] = []
  const [first] = words
  if (node.items !== undefined && /^(0|[1-9]\d{0,5})$/.test(first!)) {
    targets.push(...findTargets(words.slice(1), node.items, [...path, Number(first)]))
  }
  const seen = new Set<string>()
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const upper = upperOf(key)
    // `sample-ratio` is only another spelling of sampleRatio.
    if (seen.has(upper)) continue
    seen.add(upper)
    for (let count = 1; count <= words.length && words.slice(0, count).join('').length <= upper.length; count++) {
      if (words.slice(0, count).join('') !== upper) continue
      targets.push(...findTargets(words.slice(count), child, [...path, key]))
    }
  }
  return targets
}

function upperOf(key: string): string {
  return key.replaceAll(/[^A-Za-z0-9]/g, '').toUpperCase()
}

function readValue(text: string, node: SchemaNode): unknown {
  const types = typesOf(node)
  if (/^\s*[[{]/.test(text) && (types.includes('array') || types.includes('object'))) return readYaml(text)
  if (types.includes('array') && (!types.includes('string') || text.includes(','))) {
    const item = node.items === undefined ? {} : resolveNode(node.items)
    return text.split(',').map((part) => readValue(part.trim(), item))
  }
  if (types.includes('string')) {
    // A size may be a plain number.
    return types.includes('integer') && /^\d+$/.test(text) ? Number(text) : text
  }
  return readYaml(text)
}

/** What is no YAML stays a text, and the schema says what was wanted. */
function readYaml(text: string): unknown {
  try {
    return parse(text, { prettyErrors: false, logLevel: 'silent' })
  } catch {
    return text
  }
}

/** Sets a value, making the mappings on the way; false when a list on the way is too short. Leaves alone what has another type: the schema will say so. */
function setAt(root: Record<string, unknown>, path: Path, value: unknown): boolean {
  let parent: Record<string | number, unknown> = root
  for (const [at, step] of path.slice(0, -1).entries()) {
    if (Array.isArray(parent) && Number(step) > parent.length) return false
    if (valueAt(parent, [step]) === undefined || parent[step] === null)
      parent[step] = typeof path[at + 1] === 'number' ? [] : {}
    const next = parent[step]
    if (typeof next !== 'object' || next === null) {
      // A shorthand (`eventTime: ts`, `ssl: true`) gives way to its long form.
      parent[step] = typeof path[at + 1] === 'number' ? [] : {}
    }
    parent = parent[step] as Record<string | number, unknown>
  }
  const last = path.at(-1)!
  if (Array.isArray(parent) && Number(last) > parent.length) return false
  parent[last] = value
  // A secret given in one form takes the place of the other form.
  if (typeof last === 'string') {
    const twin = last.endsWith('File') ? last.slice(0, -4) : `${last}File`
    if (SECRET_TWINS.has(last.replace(/File$/, ''))) delete parent[twin]
  }
  return true
}

const SECRET_TWINS = new Set(['password', 'token', 'ca', 'cert', 'key'])

function wordUnknown(variable: string): string {
  const near = nearest(variable, knownNames)
  return `no key has this name${near === undefined ? '' : `; ${near.isClose ? 'did you mean' : 'the nearest is'} ${near.word}?`}`
}

const knownNames = [...PROCESS_NAMES, ...collectNames(configSchema, PREFIX.slice(0, -1))]

function collectNames(rawNode: SchemaNode, name: string): string[] {
  const node = resolveNode(rawNode)
  const below = Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
    collectNames(child, `${name}_${upperOf(key)}`),
  )
  const inside = node.items === undefined ? [] : collectNames(node.items, `${name}_0`)
  const isLeaf = node.properties === undefined
  return [...(isLeaf ? [name] : []), ...below, ...inside]
}

function byNumbersInside(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
