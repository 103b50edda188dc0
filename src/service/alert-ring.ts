import type { AlertEvent, AlertEvents } from '../http/event-facts.ts'
import type { LogRecord } from '../log/log.ts'

/**
 * The last events of the alerts topic, for who listens and for who comes back after a while. Bounded by number and by bytes:
 * listeners hold a position in here and nothing of their own, so that a slow one costs no memory.
 */
export class AlertRing implements AlertEvents {
  private readonly eventsMax: number
  private readonly charactersMax: number
  private readonly kept: AlertEvent[] = []
  /** Of the first that is kept. */
  private first = 0
  private characters = 0
  /** False: the past is being read, and where it ends is not known yet. */
  isWhole = false

  constructor(eventsMax = EVENTS_MAX, charactersMax = CHARACTERS_MAX) {
    this.eventsMax = eventsMax
    this.charactersMax = charactersMax
  }

  add({ partition, offset }: Pick<LogRecord, 'partition' | 'offset'>, value: Buffer): void {
    const told = readEvent(value)
    if (told === null) return
    const event = { id: `${partition}.${offset}`, ...told }
    this.kept.push(event)
    this.characters += event.text.length
    while (this.kept.length > this.eventsMax || (this.characters > this.charactersMax && this.kept.length > 1)) {
      this.characters -= this.kept.shift()!.text.length
      this.first++
    }
  }

  get end(): number | null {
    return this.isWhole ? this.first + this.kept.length : null
  }

  positionAfter(id: string): { position: number; isGap: boolean } | null {
    if (!this.isWhole) return null
    const found = this.kept.findIndex((event) => event.id === id)
    if (found >= 0) return { position: this.first + found + 1, isGap: false }
    const [partition, offset] = placeOf(id)
    const later = this.kept.findIndex((event) => {
      const [of, at] = placeOf(event.id)
      return of === partition && at > offset
    })
    // Not kept, but nothing before it was dropped: then it was passed over, as a second copy is, and nothing is missing.
    return {
      position: later < 0 ? this.first + this.kept.length : this.first + later,
      isGap: later <= 0 && this.first > 0,
    }
  }

  at(position: number): { event: AlertEvent; next: number; isGap: boolean } | null {
    const kept = Math.max(position, this.first)
    const event = this.kept[kept - this.first]
    return event === undefined ? null : { event, next: kept + 1, isGap: kept > position }
  }
}

const EVENTS_MAX = 10_000
const CHARACTERS_MAX = 16 * 1024 * 1024

function placeOf(id: string): [partition: number, offset: number] {
  const [partition, offset] = id.split('.').map(Number)
  return [partition ?? NaN, offset ?? NaN]
}

/** Null for what is no alert of ours. */
function readEvent(value: Buffer): Omit<AlertEvent, 'id'> | null {
  try {
    const event = JSON.parse(value.toString('utf8')) as { type?: unknown; data?: { stream?: unknown } }
    const [, type] = /^io\.evenkeel\.alert\.(firing|updated|resolved)\.v1$/.exec(String(event.type)) ?? []
    const stream = event.data?.stream
    if (type === undefined || typeof stream !== 'string') return null
    return { type: type as AlertEvent['type'], stream, text: JSON.stringify(event) }
  } catch {
    return null // Whoever wrote it, it tells of no alert.
  }
}
