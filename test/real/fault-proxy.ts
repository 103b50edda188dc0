import net from 'node:net'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/**
 * What a network does to who speaks over it.
 *
 *   latency     everything comes late, in order
 *   bandwidth   so many bytes a second
 *   reset       every connection is torn down (RST) after a while, in the middle of whatever it says
 *   cut         once: of a piece of more than so many bytes the half arrives, and its connection is torn down (RST)
 *   slicer      small pieces, a pause between them
 *   one byte    the first bytes of whatever is said come one by one
 *   timeout     connections are accepted, and nothing that is said on any is heard; when it is over they are closed
 *   half-open   the other side of the connections that exist is gone and nobody says so, not even afterwards; new ones work
 *   partition   nobody can connect, and what is said on connections that exist is held back until it is over
 */
export type Fault =
  | { kind: 'latency'; ms: number }
  | { kind: 'bandwidth'; bytesPerSecond: number }
  | { kind: 'reset'; everyMs: number }
  | { kind: 'cut'; bytes: number }
  | { kind: 'slicer'; bytes: number; pauseMs: number }
  | { kind: 'one byte' }
  | { kind: 'timeout' }
  | { kind: 'half-open' }
  | { kind: 'partition' }

/** Of whatever is said at once, so much comes byte by byte: enough for every length and header, and no day's work. */
const SINGLE_BYTES_MAX = 2_000

/** Before the connection is torn down: a reset overtakes what has not arrived. */
const HALF_ARRIVES_MS = 200

/** Between a client and one address: a port that hands through, and misbehaves when told to. */
export class FaultProxy {
  readonly port: number
  /** Connections that somebody made, or tried to, since the beginning. */
  connections = 0
  private readonly target: Target
  private readonly links = new Set<Link>()
  private readonly server: net.Server
  private fault: Fault | null = null
  private over = Promise.withResolvers<void>()
  private resetting: NodeJS.Timeout | undefined

  private constructor(port: number, target: Target) {
    this.port = port
    this.target = target
    this.server = net.createServer({ allowHalfOpen: false, noDelay: true }, (client) => this.accept(client))
  }

  static async start(target: Target, port: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(port, target)
    await proxy.listen()
    return proxy
  }

  async begin(fault: Fault): Promise<void> {
    await this.end()
    this.fault = fault
    this.over = Promise.withResolvers()
    if (fault.kind === 'partition') await new Promise((done) => this.server.close(done).unref() && done(null))
    if (fault.kind === 'half-open') for (const link of this.links) link.isDeaf = true
    if (fault.kind === 'reset') this.resetting = setInterval(() => this.resetAll(), fault.everyMs)
  }

  /** Resolves when it is. */
  async untilOver(): Promise<void> {
    await this.over.promise
  }

  /** All is well again. */
  async end(): Promise<void> {
    const { fault } = this
    this.fault = null
    clearInterval(this.resetting)
    this.over.resolve()
    if (fault?.kind === 'timeout') for (const link of this.links) link.destroy()
    if (fault?.kind === 'partition') await this.listen()
  }

  async close(): Promise<void> {
    await this.end()
    for (const link of this.links) link.destroy()
    await new Promise((done) => this.server.close(done))
  }

  private async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(this.port, '127.0.0.1', () => {
        this.server.off('error', reject)
        resolve()
      })
    })
  }

  private accept(client: Socket): void {
    this.connections++
    const upstream = net.connect({ ...this.target, noDelay: true })
    const link = new Link(client, upstream, () => this.links.delete(link))
    this.links.add(link)
    void this.pump(client, upstream, link)
    void this.pump(upstream, client, link)
  }

  private resetAll(): void {
    for (const { client, upstream } of this.links) {
      client.resetAndDestroy()
      upstream.destroy()
    }
  }

  /** One direction, piece by piece: the next is not read before this one is through. */
  private async pump(from: Socket, to: Socket, link: Link): Promise<void> {
    try {
      for await (const chunk of from) await this.hand(chunk as Buffer, to, link)
      if (!link.isDeaf) to.end()
    } catch {
      link.destroy() // whichever side broke it, the other must hear of it
    }
  }

  private async hand(chunk: Buffer, to: Socket, link: Link): Promise<void> {
    const { fault } = this
    if (link.isDeaf || fault?.kind === 'timeout') return
    if (fault?.kind === 'partition') await this.over.promise
    if (fault?.kind === 'latency') await this.pause(fault.ms)
    if (fault?.kind === 'cut' && chunk.length > fault.bytes) return this.cutOff(chunk, to, link)
    const pieces = fault === null ? [chunk] : piecesOf(chunk, fault)
    for (const [piece, pauseMs] of pieces.map((each) => [each, pauseAfter(each, fault)] as const)) {
      if (to.destroyed) return
      if (!to.write(piece)) await drained(to)
      if (pieces.length === 1 && pauseMs === 0) continue
      if (pauseMs > 0) await this.pause(pauseMs)
      else await nextTurn()
    }
  }

  private async cutOff(chunk: Buffer, to: Socket, link: Link): Promise<void> {
    this.fault = null
    to.write(chunk.subarray(0, chunk.length / 2))
    await sleep(HALF_ARRIVES_MS)
    to.resetAndDestroy()
    link.destroy()
    await this.end()
  }

  /** What is slow is so no longer than the fault lasts. */
  private async pause(ms: number): Promise<void> {
    await Promise.race([sleep(ms), this.over.promise])
  }
}

export interface Target {
  host: string
  port: number
}

/** One connection through the proxy: the client's half and ours. */
class Link {
  readonly client: Socket
  readonly upstream: Socket
  /** For good: nothing that comes goes on. */
  isDeaf = false

  constructor(client: Socket, upstream: Socket, onGone: () => void) {
    this.client = client
    this.upstream = upstream
    // A connection that the target refused is one that it closed. A deaf one stays: the client is to find out for itself.
    upstream.on('error', () => undefined).on('close', () => void (this.isDeaf || client.destroy()))
    client.on('error', () => undefined)
    client.on('close', () => {
      upstream.destroy()
      onGone()
    })
  }

  destroy(): void {
    this.client.destroy()
    this.upstream.destroy()
  }
}

function piecesOf(chunk: Buffer, fault: Fault): Buffer[] {
  if (fault.kind === 'slicer') return cut(chunk, fault.bytes)
  if (fault.kind === 'bandwidth') return cut(chunk, Math.ceil(fault.bytesPerSecond / 20))
  if (fault.kind !== 'one byte') return [chunk]
  const rest = chunk.subarray(SINGLE_BYTES_MAX)
  return [...cut(chunk.subarray(0, SINGLE_BYTES_MAX), 1), ...(rest.length > 0 ? [rest] : [])]
}

function pauseAfter({ length }: Buffer, fault: Fault | null): number {
  if (fault?.kind === 'slicer') return fault.pauseMs
  return fault?.kind === 'bandwidth' ? (1_000 * length) / fault.bytesPerSecond : 0
}

function cut(chunk: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(chunk.length / bytes) }, (_, at) => chunk.subarray(at * bytes, (at + 1) * bytes))
}

async function drained(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.once('drain', done).once('close', done)
  })
}
