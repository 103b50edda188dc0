import { REJECTING_REASONS } from '../contract/violation.ts'
import type { RejectingReason } from '../contract/violation.ts'
import type { QuarantinedExample, QuarantineFacts } from '../http/quarantine-facts.ts'
import type { Log, LogRecord, Tail } from '../log/log.ts'

/**
 * Follows the quarantine topic for examples to show: the newest few of each stream and reason. A flood of one reason must not
 * push out the single record of another, and a month of rejects must not be held in memory, nor read at a start.
 */
export class QuarantineBook {
  private readonly options: QuarantineBookOptions
  private readonly streams: ReadonlySet<string>
  /** By stream and reason, oldest first. */
  private readonly kept = new Map<string, QuarantinedExample[]>()
  /** By partition, the offset behind the last record read. */
  private readonly read = new Map<number, number>()
  private tail: Tail | null = null
  private isStopped = false

  constructor(options: QuarantineBookOptions) {
    this.options = options
    this.streams = new Set(options.streams)
  }

  /** Reads on from near the end of each partition. */
  async start(): Promise<void> {
    const { log, topic } = this.options
    const from = new Map<number, number>()
    for (const { partition, low, high } of (await log.bounds(topic)) ?? [])
      from.set(partition, Math.max(low, high - READ_AGAIN_MAX))
    this.tail = await log.tail(topic, from, async (records) => records.forEach((record) => this.add(record)))
    if (this.isStopped) await this.tail.stop()
  }

  async stop(): Promise<void> {
    this.isStopped = true
    await this.tail?.stop()
  }

  facts(): QuarantineFacts {
    const examples = [...this.kept.values()].flat()
    examples.sort((one, other) => other.quarantinedAtMs - one.quarantinedAtMs || other.offset - one.offset)
    return { examples, examplesMax: EXAMPLES_MAX }
  }

  /** How far each partition is read. */
  get places(): [partition: number, next: number][] {
    return [...this.read].sort(([one], [other]) => one - other)
  }

  private add({ partition, offset, value, timestampMs }: LogRecord): void {
    this.read.set(partition, offset + 1)
    const example = value === null ? null : readExample(value, timestampMs)
    if (example === null || !this.streams.has(example.stream)) return
    const key = JSON.stringify([example.stream, example.reason])
    const kept = this.kept.get(key) ?? []
    this.kept.set(key, kept)
    // Published again after a crash: the same place.
    if (kept.some((each) => placeOf(each) === placeOf(example))) return
    kept.push(example)
    if (kept.length > EXAMPLES_MAX) kept.shift()
  }
}

export interface QuarantineBookOptions {
  log: Log
  topic: string
  /** Those of the configuration: no other is shown. */
  streams: readonly string[]
}

const EXAMPLES_MAX = 20
/** Of each partition. */
const READ_AGAIN_MAX = 2_000
const TEXT_MAX = 300

/** Null for what is no record of ours: it can stand on the topic, but it is not shown. */
function readExample(value: Buffer, quarantinedAtMs: number): QuarantinedExample | null {
  let record: unknown
  try {
    record = JSON.parse(value.toString('utf8'))
  } catch {
    return null // Somebody else's: ours are JSON.
  }
  if (typeof record !== 'object' || record === null) return null
  const { stream, topic, partition, offset, reason, field, hash } = record as Record<string, unknown>
  if (!isShort(stream) || !isShort(topic) || !isPlace(partition) || !isPlace(offset) || !isReason(reason)) return null
  if ((field !== null && !isShort(field)) || (hash !== null && !isHash(hash))) return null
  return { stream, topic, partition, offset, reason, field, hash, quarantinedAtMs }
}

function placeOf({ topic, partition, offset }: QuarantinedExample): string {
  return `${topic}/${partition}/${offset}`
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_MAX
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isReason(value: unknown): value is RejectingReason {
  return REJECTING_REASONS.some((reason) => reason === value)
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value)
}
