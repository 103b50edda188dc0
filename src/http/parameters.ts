import { nearest } from '../config/nearest.ts'
import { parseDuration } from '../config/duration.ts'
import { parseInstant } from '../config/instant.ts'
import { Problem } from './problem.ts'
import type { StreamFacts, ServiceFacts } from './facts.ts'

/**
 * What a query string says, and everything that is wrong with it at once. Read by hand rather than by a validator: a wrong
 * name gets the nearest right one, and an unknown parameter is a mistake, not silence.
 */
export class Parameters {
  private readonly given: ReadonlyMap<string, string>
  private readonly lists: ReadonlyMap<string, readonly string[]>
  private readonly mistakes: Mistake[] = []

  constructor(query: unknown, known: readonly string[]) {
    const entries = Object.entries(query as Record<string, string | string[]>)
    this.given = new Map(entries.map(([name, value]) => [name, String(Array.isArray(value) ? value[0] : value)]))
    this.lists = new Map(entries.map(([name, value]) => [name, [value].flat().map(String)]))
    for (const [name, value] of entries) {
      if (!known.includes(name)) this.mistake(name, 'is no parameter of this resource', known, name)
      else if (Array.isArray(value) && !name.endsWith('[]')) this.mistake(name, 'is given more than once', [])
    }
  }

  /** @param valid what it might have been, where that can be listed */
  text(name: string, valid: readonly string[] = []): string {
    const text = this.given.get(name)
    if (text === undefined || text === '') this.mistake(name, 'is missing', valid)
    return text ?? ''
  }

  optionalText(name: string): string | null {
    return this.given.get(name) ?? null
  }

  /** Of a parameter that may be repeated, as `rule_name[]` may. */
  texts(name: string): readonly string[] {
    return this.lists.get(name) ?? []
  }

  oneOf<T extends string>(name: string, values: readonly T[], fallback: T): T {
    const text = this.given.get(name)
    if (text === undefined) return fallback
    const value = values.find((each) => each === text)
    if (value === undefined) this.mistake(name, `has no value ${quoted(text)}`, values, text)
    return value ?? fallback
  }

  /** A switch as in `?verbose`, `?verbose=true`, `?verbose=1`. */
  flag(name: string): boolean {
    const text = this.given.get(name)
    if (text === undefined) return false
    if (!['', 'true', '1', 'false', '0'].includes(text))
      this.mistake(name, `has no value ${quoted(text)}`, ['true', 'false'])
    return text !== 'false' && text !== '0'
  }

  /** RFC 3339 with zone, or milliseconds since 1970; null when not given. */
  instant(name: string): number | null {
    const text = this.given.get(name)
    if (text === undefined) return null
    // In a query string a bare + is a space: 2026-03-04T00:00:00+01:00 arrives with one.
    const instant = /^-?\d{1,16}$/.test(text) ? Number(text) : parseInstant(text.replace(' ', '+'))
    if (instant === null || !(Math.abs(instant) <= INSTANT_MAX)) {
      this.mistake(
        name,
        `${quoted(text)} is no time; write it like 2026-03-04T22:00:00Z or as milliseconds since 1970`,
        [],
      )
      return null
    }
    return instant
  }

  /** A whole number from 1 to `max`. */
  count(name: string, max: number, fallback: number): number {
    const text = this.given.get(name)
    if (text === undefined) return fallback
    const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
    if (count >= 1 && count <= max) return count
    this.mistake(name, `is no whole number from 1 to ${max}`, [])
    return fallback
  }

  /** Like `5m` or `1h30m`; null when not given. */
  duration(name: string): number | null {
    const text = this.given.get(name)
    if (text === undefined) return null
    const ms = parseDuration(text)
    if (ms === null || ms <= 0) this.mistake(name, `${quoted(text)} is no duration; write it like 15m or 1h`, [])
    return ms
  }

  mistake(parameter: string, what: string, valid: readonly string[], word?: string): void {
    const like = word === undefined ? undefined : nearest(word.slice(0, 200), valid)
    this.mistakes.push({
      name: shortened(parameter),
      what,
      valid,
      ...(like?.isClose === true ? { nearest: like.word } : {}),
    })
  }

  /** Throws one problem that names every mistake. */
  done(): void {
    if (this.mistakes.length === 0) return
    const detail = this.mistakes.map(
      ({ name, what, nearest: like }) =>
        `${name} ${what}${like === undefined ? '' : `; did you mean ${quoted(like)}?`}`,
    )
    throw new Problem('invalid-parameter', detail.join('; '), { parameters: this.mistakes })
  }
}

interface Mistake {
  name: string
  what: string
  valid: readonly string[]
  nearest?: string
}

export function knownStream(facts: ServiceFacts, name: string): StreamFacts {
  const stream = facts.stream(name)
  if (stream !== null) return stream
  throw unknownName('unknown-stream', 'stream', name, facts.streamNames())
}

export function unknownName(
  problem: 'unknown-stream' | 'unknown-field',
  noun: string,
  name: string,
  known: readonly string[],
): Problem {
  const like = nearest(name.slice(0, 200), known)
  const hint = like?.isClose === true ? `; did you mean ${quoted(like.word)}?` : ''
  return new Problem(problem, `there is no ${noun} ${quoted(name)}${hint}`, { known, nearest: like?.word ?? null })
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

export function isoTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms)
}

/** The largest time a Date can hold. */
const INSTANT_MAX = 8.64e15

function quoted(text: string): string {
  return JSON.stringify(shortened(text))
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
