import type { Config } from '../config/shape.ts'
import type { FoundSchema, SchemaLookup } from '../decode/decoder.ts'
import type { LogRecord } from '../log/log.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { openDirectory } from './directory-schemas.ts'
import { RemoteSchemas } from './remote-schemas.ts'
import type { RemoteOptions } from './remote-schemas.ts'

/** Where schemas come from. `prepare` first, then decode: so decoding itself never waits. */
export interface SchemaSource {
  readonly lookup: SchemaLookup
  /**
   * Finds every schema that the records name. When the registry cannot be reached, or takes too long, the answer says when
   * to ask again: park the partition and bring the same records then. That is no violation of anybody's.
   */
  prepare(records: readonly LogRecord[], plan: Pick<StreamPlan, 'format'>): Promise<Prepared>
  /**
   * The newest schema of a subject (`<topic>-value`), for checks. Throws EVENKEEL_REGISTRY_UNREACHABLE when nobody answers.
   */
  latestSchema(subject: string): Promise<FoundSchema | 'absent'>
  close(): Promise<void>
}

export type Prepared = 'ready' | { retryInMs: number; reason: string }

/** No registry, and a stream of Avro without it: every schema is absent. Throws EVENKEEL_CONFIG_INVALID for a bad URL or directory. */
export function openRegistry(registry: Config['registry'], options: RemoteOptions = {}): SchemaSource {
  if (registry === null) return NO_REGISTRY
  return 'url' in registry ? new RemoteSchemas(registry.url, options) : openDirectory(registry.directory)
}

const NO_REGISTRY: SchemaSource = {
  lookup: { get: () => 'absent' },
  prepare: async () => 'ready',
  latestSchema: async () => 'absent',
  close: async () => {},
}
