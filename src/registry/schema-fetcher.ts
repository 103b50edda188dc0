import type { FoundSchema, SchemaKey } from '../decode/decoder.ts'
import { SCHEMA_LIMITS } from '../decode/parse-schema.ts'
import type { HttpAnswer } from './bounded-get.ts'
import type { RegistryClient } from './registry-client.ts'

/** No usable answer: the registry is down, slow, or something else stands at its address. Never a violation. */
export class RegistryFailure extends Error {}

/**
 * Turns the registry's answers into schemas, with those that they refer to.
 *
 * That there is no such schema is believed of a registry only: its own error code says so, or it has proved to be one.
 * Else a slip in the configured path would make a violation of every record.
 */
export class SchemaFetcher {
  private readonly client: RegistryClient
  private isProven = false

  constructor(client: RegistryClient) {
    this.client = client
  }

  async fetch(key: SchemaKey): Promise<FoundSchema | 'absent'> {
    const id = key.slice(key.indexOf(':') + 1)
    return key.startsWith('guid:')
      ? this.found(id, await this.client.schemaByGuid(id))
      : this.found(id, await this.client.schemaById(Number(id)))
  }

  async latest(subject: string): Promise<FoundSchema | 'absent'> {
    return this.found(subject, await this.client.version(subject, 'latest'))
  }

  private async found(name: string, answer: HttpAnswer): Promise<FoundSchema | 'absent'> {
    if (answer.status === 404) {
      if (await this.isBelieved(answer)) return 'absent'
      throw new RegistryFailure('a 404 that is not a registry’s own: is the path in registry.url right?')
    }
    const schema = schemaIn(answer)
    this.isProven = true
    if (schema === null) return { id: name, schema: '', unusable: 'schema is too long' }
    const { schemaType = 'AVRO', references } = schema
    if (schemaType !== 'AVRO') return { id: name, schema: '', unusable: `schema is ${schemaType}, not AVRO` }
    const id = schema.id === undefined ? name : String(schema.id)
    if (references.length === 0) return { id, schema: schema.schema }
    const texts = await this.referenced(references)
    return Array.isArray(texts) ? { id, schema: schema.schema, references: texts } : { id, schema: '', unusable: texts }
  }

  /** The texts that a schema refers to, each after those that it refers to itself; or why they cannot be had. */
  private async referenced(references: readonly Reference[]): Promise<string[] | string> {
    const texts: string[] = []
    const seen = new Set<string>()
    const collect = async (level: readonly Reference[], depth: number): Promise<string | null> => {
      for (const { subject, version } of level) {
        const label = JSON.stringify([subject, version])
        if (seen.has(label)) continue
        seen.add(label)
        if (seen.size > SCHEMA_LIMITS.references || depth > SCHEMA_LIMITS.depth) return 'schema has too many references'
        const answer = await this.client.version(subject, version)
        if (answer.status === 404 && (await this.isBelieved(answer))) return 'a schema it refers to does not exist'
        const schema = schemaIn(answer)
        if (schema === null) return 'a schema it refers to is too long'
        const problem = await collect(schema.references, depth + 1)
        if (problem !== null) return problem
        texts.push(schema.schema)
      }
      return null
    }
    return (await collect(references, 1)) ?? texts
  }

  private async isBelieved(answer: HttpAnswer): Promise<boolean> {
    if (this.isProven || hasErrorCode(answer)) return true
    const { status, text } = await this.client.subjects()
    this.isProven = status === 200 && Array.isArray(parse(text))
    return this.isProven
  }
}

interface Reference {
  subject: string
  version: number
}

interface AnsweredSchema {
  schema: string
  schemaType?: string
  id?: number
  references: readonly Reference[]
}

/** null = longer than allowed. */
function schemaIn({ status, text }: HttpAnswer): AnsweredSchema | null {
  if (status >= 300 && status < 400) throw new RegistryFailure('it redirects; give its final address as registry.url')
  if (status !== 200) throw new RegistryFailure(`it answered ${status}`)
  if (text === null) return null
  const json = parse(text) as Partial<AnsweredSchema> | null | undefined
  if (typeof json?.schema !== 'string') throw new RegistryFailure('its answer has no schema in it')
  const references = Array.isArray(json.references) ? json.references.filter(isReference) : []
  const { schema, schemaType, id } = json
  return {
    schema,
    references,
    ...(typeof schemaType === 'string' ? { schemaType } : {}),
    ...(typeof id === 'number' ? { id } : {}),
  }
}

function isReference(json: unknown): json is Reference {
  const { subject, version } = (json ?? {}) as Partial<Reference>
  // `.` and `..` would change the path.
  return typeof subject === 'string' && /[^.]/.test(subject) && Number.isSafeInteger(version)
}

/** Confluent's codes have five digits (40403: no such schema); a web server's own page has none, or 404. */
function hasErrorCode({ text }: HttpAnswer): boolean {
  const code = (parse(text) as { error_code?: unknown } | null | undefined)?.error_code
  return typeof code === 'number' && code >= 40_400 && code < 40_500
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    // Whatever it is, it is no answer of a registry.
    return undefined
  }
}
