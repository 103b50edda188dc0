import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * At most so many connections. When all are taken, the one that has waited longest makes way: it has sent no request, or not all of
 * its headers, or has its answer. So a crowd of silent clients pushes out its own, and a probe is still let in; who is
 * being answered is left alone.
 */
export function limitConnections(server: Server, connectionsMax: number): void {
  const open = new Set<Socket>()
  /** Those with no request in hand, in the order in which they began to wait. */
  const waiting = new Set<Socket>()
  const forget = (socket: Socket): void => {
    open.delete(socket)
    waiting.delete(socket)
  }
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => forget(socket))
    if (open.size > connectionsMax) {
      const [leaving = socket] = waiting
      forget(leaving)
      leaving.destroy()
    }
    if (!socket.destroyed) waiting.add(socket)
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    waiting.delete(socket)
    response.once('close', () => {
      if (open.has(socket)) waiting.add(socket)
    })
  })
}
