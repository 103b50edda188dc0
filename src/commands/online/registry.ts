import { redactUrl } from '../../config/redact.ts'
import type { Config, StreamConfig } from '../../config/shape.ts'
import { fieldType } from '../../decode/field-type.ts'
import type { FoundSchema } from '../../decode/decoder.ts'
import { openRegistry } from '../../registry/registry.ts'
import type { SchemaSource } from '../../registry/registry.ts'
import { failed, misfit, ok, unsure } from './finding.ts'
import type { Finding } from './finding.ts'

/** Whether schemas can be had, and whether the latest of each topic has the fields that the configuration names. */
export async function* checkRegistry(config: Config): AsyncGenerator<Finding> {
  const streams = config.streams.filter(({ format }) => format === 'avro')
  if (streams.length === 0) return yield ok('registry', 'not needed: no stream is Avro')
  let source: SchemaSource
  try {
    source = openRegistry(config.registry)
  } catch (error) {
    return yield failed('registry', error, 'correct registry in the configuration')
  }
  try {
    for (const stream of streams) {
      let found: FoundSchema | 'absent'
      try {
        found = await source.latestSchema(`${stream.topic}-value`)
      } catch (error) {
        // The next stream would hear the same.
        return yield failed(`registry ${nameOf(config)}`, error, 'is registry.url right, and is it up?')
      }
      yield checkSchema(stream, found)
    }
  } finally {
    await source.close()
  }
}

function nameOf({ registry }: Config): string {
  if (registry === null) return ''
  return 'url' in registry ? redactUrl(registry.url) : registry.directory
}

function checkSchema(stream: StreamConfig, found: FoundSchema | 'absent'): Finding {
  const thing = `schema of ${stream.topic}`
  if (found === 'absent') {
    return unsure(
      thing,
      `no subject ${stream.topic}-value; where subjects are named otherwise, compare the fields yourself`,
    )
  }
  const wrong: string[] = []
  const wanted = wantedTypes(stream)
  for (const { path, types, what } of wanted) {
    const answer = fieldType(found, path)
    if (answer.kind === 'fault')
      return misfit(thing, `its latest schema (${found.id}) cannot be used: ${answer.detail}`)
    if (answer.type === null) wrong.push(`${path} (${what}) is not in it`)
    else if (!answer.type.split('|').some((type) => types.has(type))) wrong.push(`${path} (${what}) is ${answer.type}`)
  }
  if (wrong.length > 0) return misfit(thing, `latest schema (${found.id}): ${wrong.join('; ')}`)
  return ok(thing, `latest schema (${found.id}) has all ${wanted.length} fields, each of a type that fits`)
}

const NUMBERS = new Set(['int', 'long', 'float', 'double'])
const TRUTHS = new Set(['boolean'])
/** What can be compared as text. */
const TEXTS = new Set([...NUMBERS, ...TRUTHS, 'string', 'enum'])
const TIMES = new Set([...NUMBERS, 'string'])

interface Wanted {
  path: string
  types: ReadonlySet<string>
  what: string
}

/** Every path that is read, with the Avro types one of which its values must have. */
function wantedTypes(stream: StreamConfig): Wanted[] {
  const kinds = { numeric: NUMBERS, boolean: TRUTHS, categorical: TEXTS }
  const optional = (path: string | null | undefined, what: string): Wanted[] =>
    path === null || path === undefined ? [] : [{ path, types: TEXTS, what }]
  const { eventTime } = stream
  const timeTypes = eventTime.unit === 'iso8601' ? new Set(['string']) : eventTime.unit === null ? TIMES : NUMBERS
  return [
    { path: eventTime.field, types: timeTypes, what: 'event time' },
    { path: stream.cohort.field, types: TEXTS, what: 'cohort' },
    ...optional(stream.id, 'id'),
    ...optional(stream.unit, 'unit'),
    ...optional(stream.synthetic?.field, 'synthetic'),
    ...stream.fields.map(({ name, kind }) => ({ path: name, types: kinds[kind], what: kind })),
    ...stream.engagement.flatMap((metric): Wanted[] => {
      if (metric.kind === 'rate') return [{ path: metric.field, types: TEXTS, what: `rate ${metric.name}` }]
      const { stream: summed, sum } = metric.numerator
      return sum !== null && summed === stream.name
        ? [{ path: sum, types: NUMBERS, what: `sum of ${metric.name}` }]
        : []
    }),
  ]
}
