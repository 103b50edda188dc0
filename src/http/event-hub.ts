import type { ServerResponse } from 'node:http'
import type { AlertEvents } from './event-facts.ts'

/**
 * Everyone who listens to `/api/v1/events`. Nobody has a queue: each has a position among the events that are kept, and gets
 * the next when the socket has taken the last. Who takes nothing for a minute is cut off, and comes back with Last-Event-ID.
 *
 *   id: 0.17              where the event stands on the alerts topic
 *   event: firing         or updated, resolved; `state`: answers of the API have changed; `gap`: events are missing here
 *   data: {…}             the CloudEvent
 */
export class EventHub {
  private readonly options: EventHubOptions
  private readonly listeners = new Set<Listener>()
  private timer: NodeJS.Timeout | null = null
  private epoch = ''

  constructor(options: EventHubOptions) {
    this.options = options
  }

  get isFull(): boolean {
    return this.listeners.size >= this.options.listenersMax
  }

  get size(): number {
    return this.listeners.size
  }

  /** @param after id of the last event that the client has; null: none of the past */
  add(response: ServerResponse, after: string | null, stream: string | null): void {
    const listener: Listener = { response, stream, after, position: null, isBlocked: false, spokenAtMs: 0, takenAtMs: performance.now() } // prettier-ignore
    this.listeners.add(listener)
    response.on('drain', () => {
      listener.isBlocked = false
      listener.takenAtMs = performance.now()
      this.pump(listener)
    })
    response.on('close', () => this.remove(listener))
    response.on('error', () => this.remove(listener)) // it closes next; a client that goes away is no failure of ours
    this.epoch = this.options.epoch()
    this.say(listener, `retry: ${RETRY_MS}\n${stateOf(this.epoch)}`)
    this.pump(listener)
    this.timer ??= setInterval(() => this.tick(), TICK_MS)
  }

  /** Ends every answer, as if all had been said. */
  close(): void {
    for (const { response } of this.listeners) response.end()
    this.listeners.clear()
    this.rest()
  }

  private tick(): void {
    const nowMs = performance.now()
    const epoch = this.options.epoch()
    const hasChanged = epoch !== this.epoch
    this.epoch = epoch
    for (const listener of this.listeners) {
      if (listener.isBlocked) {
        if (nowMs - listener.takenAtMs >= this.options.stalledMs) listener.response.destroy()
        continue
      }
      this.pump(listener)
      if (hasChanged) this.say(listener, stateOf(epoch))
      if (nowMs - listener.spokenAtMs >= this.options.heartbeatMs) this.say(listener, ': \n\n')
    }
  }

  /** Where it begins is known once the past is read; until then it waits, and misses nothing. */
  private place(listener: Listener): void {
    if (listener.position !== null) return
    const { events } = this.options
    const found = listener.after === null ? null : events.positionAfter(listener.after)
    listener.position = listener.after === null ? events.end : (found?.position ?? null)
    if (found?.isGap === true) this.say(listener, GAP)
  }

  private pump(listener: Listener): void {
    this.place(listener)
    while (!listener.isBlocked) {
      const found = listener.position === null ? null : this.options.events.at(listener.position)
      if (found === null) return
      const { event, next, isGap } = found
      listener.position = next
      if (isGap) this.say(listener, GAP)
      if (listener.stream === null || listener.stream === event.stream)
        this.say(listener, `id: ${event.id}\nevent: ${event.type}\ndata: ${event.text}\n\n`)
    }
  }

  private say(listener: Listener, text: string): void {
    listener.spokenAtMs = performance.now()
    if (listener.response.write(text) || listener.isBlocked) return
    listener.isBlocked = true
    listener.takenAtMs = listener.spokenAtMs
  }

  private remove(listener: Listener): void {
    this.listeners.delete(listener)
    if (this.listeners.size === 0) this.rest()
  }

  private rest(): void {
    if (this.timer !== null) clearInterval(this.timer)
    this.timer = null
  }
}

export interface EventHubOptions {
  events: AlertEvents
  epoch: () => string
  listenersMax: number
  heartbeatMs: number
  /** Who has taken nothing for so long is cut off. */
  stalledMs: number
}

interface Listener {
  response: ServerResponse
  stream: string | null
  /** The last event that it has; null: it wants none of the past. */
  after: string | null
  /** Of the next event; null while the past is still being read. */
  position: number | null
  /** The socket takes no more: nothing is written until it does. */
  isBlocked: boolean
  spokenAtMs: number
  takenAtMs: number
}

const TICK_MS = 500
const RETRY_MS = 3_000
const GAP = 'event: gap\ndata: {}\n\n'

/** Without an id: it is of no event, and must not move the client's place. */
function stateOf(epoch: string): string {
  return `event: state\ndata: ${JSON.stringify({ epoch })}\n\n`
}
