import type { FoundSchema, SchemaKey, SchemaLookup } from '../decode/decoder.ts'

/**
 * What the registry answered. An id means the same schema for ever. That there is none is believed for a while only:
 * a producer may register it a second later.
 *
 * The lookup itself forgets nothing: what `prepare` found must still stand when its records are decoded. Old answers are
 * dropped when new ones are stored, those first that no batch has named for longest.
 */
export class SchemaCache implements SchemaLookup {
  private readonly found = new Map<SchemaKey, FoundSchema>()
  private readonly absent = new Map<SchemaKey, number>()
  private foundSize = 0

  get(key: SchemaKey): FoundSchema | 'absent' | undefined {
    // Only a directory knows schemas by a topic's name, and no registry counts below zero.
    if (key.startsWith('subject:') || key.startsWith('id:-')) return 'absent'
    return this.found.get(key) ?? (this.absent.has(key) ? 'absent' : undefined)
  }

  /** Whether it has to be asked for. Marks it as used. */
  isWanted(key: SchemaKey, nowMs: number): boolean {
    const schema = this.found.get(key)
    if (schema !== undefined) {
      this.found.delete(key)
      this.found.set(key, schema)
      return false
    }
    const believedUntilMs = this.absent.get(key)
    return believedUntilMs === undefined ? this.get(key) === undefined : believedUntilMs <= nowMs
  }

  keep(key: SchemaKey, schema: FoundSchema): void {
    this.absent.delete(key)
    if (this.found.has(key)) return
    this.found.set(key, schema)
    this.foundSize += sizeOf(schema)
    while (this.found.size > 1 && (this.found.size > FOUND_MAX || this.foundSize > FOUND_LENGTH_MAX)) {
      const [oldest, dropped] = this.found.entries().next().value!
      this.found.delete(oldest)
      this.foundSize -= sizeOf(dropped)
    }
  }

  keepAbsent(key: SchemaKey, believedUntilMs: number): void {
    this.absent.delete(key)
    this.absent.set(key, believedUntilMs)
    if (this.absent.size > ABSENT_MAX) this.absent.delete(this.absent.keys().next().value!)
  }
}

const FOUND_MAX = 10_000
const FOUND_LENGTH_MAX = 64 * 1_048_576
/** More than the records of one fetch, so that a batch of invented ids cannot push out its own answers. */
const ABSENT_MAX = 262_144

function sizeOf({ schema, references = [] }: FoundSchema): number {
  return references.reduce((total, text) => total + text.length, schema.length)
}
