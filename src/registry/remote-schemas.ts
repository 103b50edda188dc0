import { setTimeout as sleep } from 'node:timers/promises'
import type { FoundSchema, SchemaKey, SchemaLookup } from '../decode/decoder.ts'
import { MonitorError } from '../errors.ts'
import type { LogRecord } from '../log/log.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { Breaker } from './breaker.ts'
import { createRegistryClient } from './registry-client.ts'
import type { Prepared, SchemaSource } from './registry.ts'
import { SchemaCache } from './schema-cache.ts'
import { SchemaFetcher } from './schema-fetcher.ts'
import { wantedSchemas } from './wanted-schemas.ts'

export interface RemoteOptions {
  /** After every question: whether the registry answered it (that there is no such schema is an answer). */
  onFetch?: (isOk: boolean) => void
  timeoutMs?: number
  /** Longest time in `prepare`: the group session must outlive it. */
  prepareMs?: number
  /** How long "there is none" is believed. */
  absentMs?: number
  /** A clock that never goes back. */
  now?: () => number
  random?: () => number
}

/**
 * Schemas from a registry. Every schema is asked for once, however many partitions want it; what it answered is kept; what
 * it did not answer is never held against a record.
 */
export class RemoteSchemas implements SchemaSource {
  readonly lookup: SchemaLookup
  private readonly cache = new SchemaCache()
  private readonly fetcher: SchemaFetcher
  private readonly breaker: Breaker
  private readonly underWay = new Map<SchemaKey, Promise<void>>()
  private readonly closing = new AbortController()
  private readonly options: Required<RemoteOptions>

  constructor(url: string, options: RemoteOptions = {}) {
    this.options = { ...DEFAULTS, ...options }
    this.lookup = this.cache
    this.breaker = new Breaker(this.options.random)
    const limits = { timeoutMs: this.options.timeoutMs, sizeMax: ANSWER_SIZE_MAX }
    this.fetcher = new SchemaFetcher(createRegistryClient(checkedUrl(url), limits, this.closing.signal))
  }

  async prepare(records: readonly LogRecord[], plan: Pick<StreamPlan, 'format'>): Promise<Prepared> {
    if (plan.format === 'json') return 'ready'
    const { now, prepareMs } = this.options
    const startedAtMs = now()
    const wanted = [...wantedSchemas(records)].filter((key) => this.cache.isWanted(key, startedAtMs))
    if (wanted.length === 0) return 'ready'
    if (this.breaker.waitMs(startedAtMs) > 0) return this.parked()

    try {
      if (this.breaker.isCautious) await this.ask(wanted.pop()!)
      await this.askAll(wanted, startedAtMs + prepareMs)
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      return this.parked()
    }
    if (wanted.length === 0) return 'ready'
    if (this.breaker.waitMs(now()) > 0) return this.parked()
    // The answers so far are kept, so coming back at once goes on from here.
    return { retryInMs: 0, reason: `still asking for ${wanted.length} schemas` }
  }

  async latestSchema(subject: string): Promise<FoundSchema | 'absent'> {
    try {
      return await this.fetcher.latest(subject)
    } catch (cause) {
      const problem = `the schema registry does not answer: ${reasonOf(cause)}`
      throw new MonitorError('EVENKEEL_REGISTRY_UNREACHABLE', problem, { retriable: true, cause })
    }
  }

  async close(): Promise<void> {
    this.closing.abort()
    await Promise.allSettled(this.underWay.values())
  }

  /** A few at a time, until all of `wanted` are taken, the time is up, or one failed (also one of another partition). */
  private async askAll(wanted: SchemaKey[], deadlineMs: number): Promise<void> {
    const worker = async (): Promise<void> => {
      const mayGoOn = (): boolean => this.options.now() < deadlineMs && this.breaker.waitMs(this.options.now()) === 0
      while (wanted.length > 0 && mayGoOn()) await this.ask(wanted.pop()!)
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE_MAX, wanted.length) }, worker))
  }

  private ask(key: SchemaKey): Promise<void> {
    const asked = this.underWay.get(key)
    if (asked !== undefined) return asked
    const asking = this.askWithRetries(key).finally(() => this.underWay.delete(key))
    this.underWay.set(key, asking)
    return asking
  }

  private async askWithRetries(key: SchemaKey): Promise<void> {
    const { now, random, absentMs, onFetch } = this.options
    for (let attempt = 1; ; attempt++) {
      try {
        const found = await this.fetcher.fetch(key)
        onFetch(true)
        this.breaker.succeed()
        return found === 'absent' ? this.cache.keepAbsent(key, now() + absentMs) : this.cache.keep(key, found)
      } catch (error) {
        onFetch(false)
        // One more try rides out a lost connection; after that it is the breaker's turn.
        if (attempt === ATTEMPTS_MAX || this.closing.signal.aborted) {
          this.breaker.fail(now(), reasonOf(error))
          throw new Unanswered()
        }
        await sleep(RETRY_MS * (0.5 + random()))
      }
    }
  }

  private parked(): Prepared {
    const retryInMs = Math.max(1, this.breaker.waitMs(this.options.now()))
    return { retryInMs, reason: `the schema registry does not answer: ${this.breaker.reason}` }
  }
}

/** The breaker knows why. */
class Unanswered extends Error {}

const DEFAULTS: Required<RemoteOptions> = {
  onFetch: () => {},
  timeoutMs: 2_000,
  prepareMs: 4_000,
  absentMs: 60_000,
  now: () => performance.now(),
  random: Math.random,
}
const ATTEMPTS_MAX = 2
const RETRY_MS = 100
const AT_ONCE_MAX = 8
/** A schema text of 1 MiB, escaped as JSON inside JSON, with room to spare. */
const ANSWER_SIZE_MAX = 4 * 1_048_576

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url
  throw new MonitorError('EVENKEEL_CONFIG_INVALID', 'registry.url is not an http or https URL')
}

/** `fetch` says "fetch failed" and keeps the reason (ECONNREFUSED) in the cause. No URL in it: that may hold a password. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'it takes too long'
  const { cause } = error as { cause?: { code?: unknown } }
  return typeof cause?.code === 'string' ? cause.code : error.message
}
