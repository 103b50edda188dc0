import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventHub } from '../../src/http/event-hub.ts'
import type { EventHubOptions } from '../../src/http/event-hub.ts'
import { createHttpServer } from '../../src/http/server.ts'
import type { HttpServer } from '../../src/http/server.ts'
import type { ServiceFacts } from '../../src/http/facts.ts'
import { AlertRing } from '../../src/service/alert-ring.ts'
import { fakeFacts } from '../support/fake-facts.ts'
import { listen, listenIfFree } from '../support/listener.ts'
import type { Ear } from '../support/listener.ts'

const servers: HttpServer[] = []
after(() => Promise.all(servers.map((server) => server.close())))

describe('whoever listens', { timeout: 120_000 }, () => {
  it('hears what is told from then on, with its place on the topic, unchanged', async () => {
    const ring = filled(2)
    const { url } = await serve(ring)
    const ear = await listen(`${url}/api/v1/events`)
    assert.equal(ear.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    assert.equal(ear.headers.get('x-accel-buffering'), 'no')
    assert.equal((await ear.next()).event, 'state')
    tell(ring, 2, 'resolved')
    const heard = await ear.next()
    assert.deepEqual([heard.id, heard.event], ['0.2', 'resolved'])
    assert.deepEqual(JSON.parse(heard.data), eventOf(2, 'resolved'))
    await ear.stop()
  })

  it('takes up where it stopped, and is told when events are missing between', async () => {
    const ring = filled(8, new AlertRing(5))
    const { url } = await serve(ring)
    const idsAfter = async (id: string, count: number) => {
      const ear = await listen(`${url}/api/v1/events`, { 'last-event-id': id })
      const heard = []
      while (heard.length < count) heard.push(await ear.next())
      await ear.stop()
      return heard.map(({ id, event }) => id ?? event)
    }
    assert.deepEqual(await idsAfter('0.5', 3), ['state', '0.6', '0.7'])
    assert.deepEqual(await idsAfter('0.1', 4), ['state', 'gap', '0.3', '0.4'])
    const ear = await listen(`${url}/api/v1/events?after=0.6`)
    assert.deepEqual([(await ear.next()).event, (await ear.next()).id], ['state', '0.7'])
    await ear.stop()
    const answer = await fetch(`${url}/api/v1/events?after=yesterday`)
    assert.equal(answer.status, 400)
  })

  it('may ask for one stream', async () => {
    const ring = filled(0)
    const { url } = await serve(ring)
    const ear = await listen(`${url}/api/v1/events?stream=purchases`)
    await ear.next()
    tell(ring, 0, 'firing')
    tell(ring, 1, 'firing', 'purchases')
    assert.equal((await ear.next()).id, '0.1')
    await ear.stop()
    assert.equal((await fetch(`${url}/api/v1/events?stream=x`)).status, 404)
  })

  it('is told that answers have changed, and that nothing has', async () => {
    let epoch = 'one'
    const { url } = await serve(filled(0), { heartbeatMs: 100 }, { epoch: () => epoch })
    const ear = await listen(`${url}/api/v1/events`)
    assert.deepEqual(await ear.next(), { event: 'state', data: '{"epoch":"one"}' })
    epoch = 'two'
    assert.deepEqual(await ear.next(), { event: 'state', data: '{"epoch":"two"}' })
    await ear.comment()
    await ear.stop()
  })

  it('gets nothing of the past that is still being read', async () => {
    const ring = new AlertRing()
    const { url } = await serve(ring)
    const ear = await listen(`${url}/api/v1/events`)
    await ear.next()
    for (let at = 0; at < 3; at++) tell(ring, at, 'firing')
    ring.isWhole = true
    // It finds the end at its next look, within half a second; then the next event is the first it hears.
    await ear.comment()
    tell(ring, 3, 'firing')
    assert.equal((await ear.next()).id, '0.3')
    await ear.stop()
  })

  it('takes up where it stopped only when the past is read: it hears nothing twice', async () => {
    const ring = new AlertRing()
    const { url } = await serve(ring)
    const ear = await listen(`${url}/api/v1/events`, { 'last-event-id': '0.2' })
    await ear.next()
    for (let at = 0; at < 4; at++) tell(ring, at, 'firing')
    await ear.comment()
    ring.isWhole = true
    assert.equal((await ear.next()).id, '0.3')
    await ear.stop()
  })

  it('may ask first what it would get, and is told which of its words was wrong', async () => {
    const { url } = await serve(filled(3))
    const head = await fetch(`${url}/api/v1/events`, { method: 'HEAD' })
    assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'text/event-stream; charset=utf-8'])
    assert.equal((await fetch(`${url}/api/v1/events?stream=x`, { method: 'HEAD' })).status, 404)
    const mistaken = await fetch(`${url}/api/v1/events`, { headers: { 'last-event-id': 'yesterday' } })
    assert.equal(((await mistaken.json()) as { detail: string }).detail, 'Last-Event-ID is no id of an event')
  })

  it('is one of so many', async () => {
    const { url } = await serve(filled(0), { listenersMax: 2 })
    const ears = [await listen(`${url}/api/v1/events`), await listen(`${url}/api/v1/events`)]
    const refused = await fetch(`${url}/api/v1/events`)
    assert.deepEqual([refused.status, ((await refused.json()) as { type: string }).type], [503, '/problems/too-many-listeners']) // prettier-ignore
    await Promise.all(ears.map((ear) => ear.stop()))
  })

  it('costs no memory when it does not read, hears of the gap when it does, and is cut off in the end', async () => {
    const ring = filled(0, new AlertRing(100))
    // One seat: who gets it next shows that it was given up.
    const { url } = await serve(ring, { stalledMs: 3_000, listenersMax: 1 })
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined)
    socket.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'data')
    socket.pause()
    // 50 MB are told; the socket holds a few, the ring ten, and the server not more than one event for it.
    for (let at = 0; at < 500; at++) tell(ring, at, 'firing', 'impressions', 'x'.repeat(100_000))
    const fresh = await firstSeat(`${url}/api/v1/events`, { 'last-event-id': '0.0' })
    socket.destroy()
    assert.equal((await fresh.next()).event, 'state')
    assert.equal((await fresh.next()).event, 'gap')
    assert.equal((await fresh.next()).id, '0.400')
    await fresh.stop()
  })

  it('is let go when the service stops: its answer ends as an answer should', async () => {
    const server = await serve(filled(0))
    const ear = await listen(`${server.url}/api/v1/events`)
    await ear.next()
    await server.close()
    assert.equal(await ear.ended(), 'whole')
  })
})

describe('a socket that takes no more', () => {
  it('is left alone until it does, and hears then what is still kept, and that something is missing', (t) => {
    const ring = filled(0, new AlertRing(3))
    const hub = new EventHub({ events: ring, epoch: () => 'one', listenersMax: 1, heartbeatMs: 1e6, stalledMs: 1e6 })
    t.after(() => hub.close())
    const written: string[] = []
    let takesMore = true
    const response = Object.assign(new EventEmitter(), {
      write: (text: string) => (written.push(text), takesMore),
      end: () => undefined,
    })
    hub.add(response as unknown as ServerResponse, null, null)
    takesMore = false
    for (let at = 0; at < 2; at++) tell(ring, at, 'firing')
    response.emit('drain')
    assert.equal(written.length, 2, 'one event that was not taken, and nothing behind it')
    takesMore = true
    for (let at = 2; at < 15; at++) tell(ring, at, 'firing')
    response.emit('drain')
    const heard = written.slice(2).map((text) => /^(id|event): (.*)$/m.exec(text)![2])
    assert.deepEqual(heard, ['gap', '0.12', '0.13', '0.14'])
  })
})

describe('what was told', () => {
  it('is kept up to a number and a size, and what is none of ours is passed over', () => {
    const ring = new AlertRing(10, 5_000)
    ring.add({ partition: 0, offset: 0 }, Buffer.from('not JSON'))
    ring.add({ partition: 0, offset: 1 }, Buffer.from('{"type":"io.other.v1","data":{"stream":"s"}}'))
    ring.isWhole = true
    assert.equal(ring.end, 0)
    for (let at = 2; at < 30; at++) tell(ring, at, 'firing', 'impressions', 'x'.repeat(1_000))
    assert.equal(ring.end, 28)
    assert.deepEqual(ring.at(0)!.isGap, true)
    assert.ok(ring.end - (ring.at(0)!.next - 1) <= 4)
    assert.equal(ring.at(28), null)
    assert.deepEqual(ring.positionAfter('0.29'), { position: 28, isGap: false })
  })
})

function filled(count: number, ring = new AlertRing()): AlertRing {
  ring.isWhole = true
  for (let at = 0; at < count; at++) tell(ring, at, 'firing')
  return ring
}

function tell(ring: AlertRing, offset: number, type: string, stream = 'impressions', more = ''): void {
  ring.add({ partition: 0, offset }, Buffer.from(JSON.stringify(eventOf(offset, type, stream, more))))
}

function eventOf(at: number, type: string, stream = 'impressions', more = ''): object {
  return { id: `e${at}`, type: `io.evenkeel.alert.${type}.v1`, data: { stream, reason: `two\nlines ${more}` } }
}

/** Asks until the seat is free, for a minute at most. */
async function firstSeat(url: string, headers: Record<string, string>): Promise<Ear> {
  for (const endMs = performance.now() + 60_000; performance.now() < endMs; await sleep(200)) {
    const ear = await listenIfFree(url, headers)
    if (ear !== null) return ear
  }
  assert.fail('the seat was not given up within a minute')
}

async function serve(
  alertEvents: AlertRing,
  events: Partial<EventHubOptions> = {},
  facts: Partial<ServiceFacts> = {},
): Promise<HttpServer> {
  const server = await createHttpServer(fakeFacts({ alertEvents, ...facts }), {
    host: '127.0.0.1',
    port: 0,
    version: '0.1.0',
    events: { heartbeatMs: 200, ...events },
  })
  servers.push(server)
  return server
}
