import { readConfig } from '../src/config/load.ts'
import type { Config } from '../src/config/shape.ts'
import type { SchemaLookup } from '../src/decode/decoder.ts'
import { planStream } from '../src/pane/plan.ts'
import type { StreamPlan } from '../src/pane/plan.ts'
import { SCHEMA, SCHEMA_ID, streamYaml } from './events.ts'

/** What a person would write who watches these fields, all else left at its default. `stream` and `more` go on top. */
export function benchConfig(fields: readonly string[], stream: object = {}, more: object = {}): Config {
  return readConfig(JSON.stringify({ streams: [streamYaml(fields, stream)], ...more }), 'bench', {})
}

export function planOf(config: Config): StreamPlan {
  return planStream(config.streams[0]!, config)
}

/** A registry that has the one schema. */
export function schemaLookup(schema: unknown = SCHEMA): SchemaLookup {
  return { get: () => ({ id: String(SCHEMA_ID), schema: JSON.stringify(schema) }) }
}
