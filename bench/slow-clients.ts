import { connect } from 'node:net'

/** `slow-clients.ts PORT COUNT`: opens so many connections, sends a header now and then, and says when the last was closed. */
const [port, count] = process.argv.slice(2).map(Number)
const startMs = performance.now()
await Promise.all(
  Array.from({ length: count! }, async () => {
    const socket = connect(port!, '127.0.0.1').on('error', () => undefined)
    socket.write('GET /api/v1/streams HTTP/1.1\r\nHost: localhost\r\n')
    const drip = setInterval(() => socket.write('X-Drip: 1\r\n'), 500)
    // Some are reset: that is an end as well.
    await new Promise((resolve) => socket.resume().once('close', resolve))
    clearInterval(drip)
  }),
)
process.send!({ closedAfterMs: performance.now() - startMs }, () => process.exit(0))
