import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { FoundSchema, SchemaKey } from '../decode/decoder.ts'
import { MonitorError } from '../errors.ts'
import type { SchemaSource } from './registry.ts'

/**
 * A directory of `<subject, id or GUID>.avsc`, read once: what a name means must not change under a running pane.
 * Only what the directory lists is ever opened, so no name that a record brings can lead out of it.
 */
export function openDirectory(directory: string): SchemaSource {
  const schemas = readSchemas(directory)
  const find = (name: string): FoundSchema | 'absent' => schemas.get(name) ?? 'absent'
  return {
    lookup: { get: (key) => find(nameOf(key)) },
    prepare: async () => 'ready',
    latestSchema: async (subject) => schemas.get(subject) ?? find(subject.replace(/-value$/, '')),
    close: async () => {},
  }
}

const EXTENSION = '.avsc'

function readSchemas(directory: string): ReadonlyMap<string, FoundSchema> {
  const schemas = new Map<string, FoundSchema>()
  try {
    for (const file of readdirSync(directory).sort()) {
      if (!file.endsWith(EXTENSION)) continue
      const name = file.slice(0, -EXTENSION.length)
      schemas.set(name, { id: name, schema: readFileSync(path.join(directory, file), 'utf8') })
    }
  } catch (cause) {
    const problem = `registry.directory ${directory} cannot be read: ${(cause as Error).message}`
    throw new MonitorError('EVENKEEL_CONFIG_INVALID', problem, { cause })
  }
  return schemas
}

function nameOf(key: SchemaKey): string {
  return key.slice(key.indexOf(':') + 1)
}
