import { DEPTH_MAX, isTooDeep } from './json-depth.ts'
import { PRIMITIVES } from './schema-node.ts'
import type { Primitive, RecordNode, SchemaNode } from './schema-node.ts'

/**
 * An Avro schema text as a graph of nodes, or what is wrong with it. Only what decides the bytes is read: defaults, aliases
 * and docs are not. A schema comes from outside like any payload, so its size, depth and number of fields are bounded.
 *
 * `references`: texts of schemas that this one refers to by name, each after those that it refers to itself.
 */
export function parseSchema(text: string, references: readonly string[] = []): SchemaNode | SchemaFault {
  const parser = new Parser()
  try {
    for (const reference of references) parser.parseText(reference)
    return parser.parseText(text)
  } catch (error) {
    if (error instanceof SchemaFault) return error
    throw error
  }
}

/** What is wrong with a schema. Thrown inside, a value outside. */
export class SchemaFault extends Error {
  readonly kind = 'fault'

  get detail(): string {
    return this.message
  }
}

export const SCHEMA_LIMITS = { textLength: 1_048_576, depth: DEPTH_MAX, fields: 10_000, references: 100 } as const

/** A record in a record takes three levels of JSON: object, list of fields, field. One is for `{"type": {"type": …}}`. */
const JSON_LEVELS_MAX = 4

type Json = Readonly<Record<string, unknown>>

class Parser {
  private readonly named = new Map<string, SchemaNode>()
  /** How many levels stand below a type, those behind names included; a record that is still being read counts as none. */
  private readonly levels = new Map<SchemaNode, number>()
  private fieldCount = 0
  private textLength = 0

  parseText(text: string): SchemaNode {
    this.textLength += text.length
    if (this.textLength > SCHEMA_LIMITS.textLength) throw new SchemaFault('schema is longer than 1 MiB')
    if (isTooDeep(text, SCHEMA_LIMITS.depth * JSON_LEVELS_MAX))
      throw new SchemaFault(`schema nests deeper than ${SCHEMA_LIMITS.depth}`)
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      // A registry may hand out a bare type name without quotes.
      json = text.trim()
    }
    return this.parse(json, '', 0)
  }

  private parse(json: unknown, namespace: string, depth: number): SchemaNode {
    if (depth > SCHEMA_LIMITS.depth) throw new SchemaFault(`schema nests deeper than ${SCHEMA_LIMITS.depth}`)
    if (typeof json === 'string') return this.byName(json, namespace, null)
    if (Array.isArray(json)) {
      const branches = json.map((branch) => this.parse(branch, namespace, depth + 1))
      return this.above(branches, { kind: 'union', branches })
    }
    if (typeof json !== 'object' || json === null) throw new SchemaFault('schema has a type that is not a type')
    return this.parseObject(json as Json, namespace, depth)
  }

  private parseObject(json: Json, namespace: string, depth: number): SchemaNode {
    const { type } = json
    switch (type) {
      case 'record':
      case 'error':
        return this.parseRecord(json, namespace, depth)
      case 'enum':
        return this.define(json, namespace, { kind: 'enum', symbols: symbolsOf(json) })
      case 'fixed':
        return this.define(json, namespace, { kind: 'fixed', size: sizeOf(json) })
      case 'array': {
        const items = this.parse(json.items, namespace, depth + 1)
        return this.above([items], { kind: 'array', items })
      }
      case 'map': {
        const values = this.parse(json.values, namespace, depth + 1)
        return this.above([values], { kind: 'map', values })
      }
    }
    if (typeof type !== 'string') return this.parse(type, namespace, depth + 1)
    return this.byName(type, namespace, typeof json.logicalType === 'string' ? json.logicalType : null)
  }

  private parseRecord(json: Json, namespace: string, depth: number): SchemaNode {
    const node: RecordNode = { kind: 'record', fields: [] }
    this.define(json, namespace, node)
    const inside = namespaceOf(fullName(json, namespace))
    if (!Array.isArray(json.fields)) throw new SchemaFault('schema has a record without fields')
    this.fieldCount += json.fields.length
    if (this.fieldCount > SCHEMA_LIMITS.fields) {
      throw new SchemaFault(`schema has more than ${SCHEMA_LIMITS.fields} fields`)
    }
    const names = new Set<string>()
    for (const field of json.fields as unknown[]) {
      if (typeof field !== 'object' || field === null) throw new SchemaFault('schema has a field that is not a field')
      const { name, type } = field as Json
      if (typeof name !== 'string' || names.has(name)) throw new SchemaFault('schema has a field without its own name')
      names.add(name)
      // `{"name": "ts", "type": "long", "logicalType": "timestamp-millis"}` is a common slip; the logical type is void there.
      node.fields.push({ name, type: this.parse(type, inside, depth + 1) })
    }
    return this.above(
      node.fields.map((field) => field.type),
      node,
    )
  }

  /** A name can stand for a hundred levels: depth is not only what the text shows. */
  private above(children: readonly SchemaNode[], node: SchemaNode): SchemaNode {
    const levels = 1 + children.reduce((deepest, child) => Math.max(deepest, this.levels.get(child) ?? 0), 0)
    if (levels > SCHEMA_LIMITS.depth) throw new SchemaFault(`schema nests deeper than ${SCHEMA_LIMITS.depth}`)
    this.levels.set(node, levels)
    return node
  }

  private define(json: Json, namespace: string, node: SchemaNode): SchemaNode {
    const name = fullName(json, namespace)
    if (this.named.has(name)) throw new SchemaFault('schema defines a name twice')
    this.named.set(name, node)
    return node
  }

  private byName(name: string, namespace: string, logicalType: string | null): SchemaNode {
    if ((PRIMITIVES as readonly string[]).includes(name)) return { kind: name as Primitive, logicalType }
    const found = this.named.get(qualified(name, namespace)) ?? this.named.get(name)
    if (found === undefined) throw new SchemaFault('schema names a type that it does not define')
    return found
  }
}

function symbolsOf({ symbols }: Json): readonly string[] {
  if (Array.isArray(symbols) && symbols.every((symbol) => typeof symbol === 'string')) return symbols
  throw new SchemaFault('schema has an enum without symbols')
}

function sizeOf({ size }: Json): number {
  if (typeof size === 'number' && Number.isInteger(size) && size >= 0 && size < 2 ** 31) return size
  throw new SchemaFault('schema has a fixed without size')
}

function fullName({ name, namespace }: Json, enclosing: string): string {
  if (typeof name !== 'string' || name === '') throw new SchemaFault('schema has a named type without name')
  return qualified(name, typeof namespace === 'string' ? namespace : enclosing)
}

/** A name with a dot is whole already; one without takes the namespace it stands in. */
function qualified(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

function namespaceOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')))
}
