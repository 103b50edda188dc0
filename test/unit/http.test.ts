import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createHttpServer } from '../../src/http/server.ts'
import type { HttpOptions, HttpServer } from '../../src/http/server.ts'
import type { ServiceFacts } from '../../src/http/facts.ts'
import { PROBLEMS } from '../../src/http/problem.ts'
import { CONDITIONS_MET, fakeFacts } from '../support/fake-facts.ts'
import { openApiMistakes, schemaMistakes } from '../support/open-api.ts'
import type { OpenApi, Operation } from '../support/open-api.ts'

const servers: HttpServer[] = []
after(() => Promise.all(servers.map((server) => server.close())))

describe('the API describes itself', () => {
  it('as a valid OpenAPI 3.1 document with every resource', async () => {
    const document = await openApiOf(await serve())
    assert.deepEqual(openApiMistakes(document), [])
    assert.deepEqual(Object.keys(document.paths).sort(), [
      '/api/v1/alerts',
      '/api/v1/checks',
      '/api/v1/compare',
      '/api/v1/events',
      '/api/v1/quarantine',
      '/api/v1/rules',
      '/api/v1/streams',
      '/api/v1/streams/{stream}/cohorts',
      '/api/v1/streams/{stream}/fields',
      '/api/v1/streams/{stream}/fields/{field}/history',
      '/api/v1/watch-list',
      '/asyncapi.json',
      '/livez',
      '/metrics',
      '/openapi.json',
      '/problems/{problem}',
      '/readyz',
      '/startupz',
    ])
    const ids = Object.values(document.paths).map(({ get }) => get!.operationId)
    assert.equal(new Set(ids).size, ids.length)
  })

  it('with examples that work, and answers of the promised shape', async () => {
    const server = await serve()
    const { paths } = await openApiOf(server)
    for (const [path, { get }] of Object.entries(paths)) {
      const answer = await fetch(server.url + exampleOf(path, get!))
      assert.equal(answer.status, 200, answer.status === 200 ? path : `${path}: ${await answer.text()}`)
      const type = answer.headers.get('content-type')!.split(';')[0]!
      assert.ok(get!.responses['200']!.content![type], path)
      // It never ends.
      if (type === 'text/event-stream') {
        await answer.body!.cancel()
        continue
      }
      const { schema } = get!.responses['200']!.content![type]
      const body: unknown = type === 'application/json' ? await answer.json() : await answer.text()
      assert.deepEqual(schemaMistakes(schema, body), [], path)
    }
  })

  it('and the alerts topic, as AsyncAPI 3.0 whose references are there and whose payload is what is sent', async () => {
    const { url } = await serve({}, { alertsTopic: 'shop.alerts' })
    const document = (await (await fetch(`${url}/asyncapi.json`)).json()) as AsyncApi
    assert.equal(document.asyncapi, '3.0.0')
    assert.equal(document.channels.alerts.address, 'shop.alerts')
    const names = ['firing', 'resolved', 'updated']
    assert.deepEqual(Object.keys(document.channels.alerts.messages).sort(), names)
    const text = JSON.stringify({ ...document, components: { ...document.components, schemas: null } })
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!)
    assert.ok(references.length >= 10)
    for (const path of references) assert.ok(path.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document), path) // prettier-ignore
    const { schema } = document.components.schemas.alert
    const { properties } = schema as { properties: { type: { enum: string[] } } }
    assert.deepEqual(Object.values(document.components.messages).map(({ name }) => name).sort(), properties.type.enum.toSorted()) // prettier-ignore
  })

  it('with a page for each type of problem', async () => {
    const server = await serve()
    for (const name of Object.keys(PROBLEMS)) {
      const answer = await fetch(`${server.url}/problems/${name}`)
      assert.equal(answer.status, 200)
      assert.match(await answer.text(), /^\S.* \(\d{3}\)\n\n\S/)
    }
    assert.equal((await fetch(`${server.url}/problems/toString`)).status, 404)
  })
})

describe('a question that cannot be answered', () => {
  const asked: [what: string, path: string, status: number, type: string, expected: object][] = [
    ['an unknown path', '/api/v2', 404, 'not-found', {}],
    ['an unknown stream', '/api/v1/streams/impresions/fields', 404, 'unknown-stream', { nearest: 'impressions', known: ['impressions', 'purchases'] }],
    ['an unknown stream to compare', '/api/v1/compare?stream=x&field=price', 404, 'unknown-stream', { known: ['impressions', 'purchases'] }],
    ['an unknown stream of alerts', '/api/v1/alerts?stream=purchase', 404, 'unknown-stream', { nearest: 'purchases' }],
    ['an unknown field', '/api/v1/compare?stream=impressions&field=prise', 404, 'unknown-field', { nearest: 'price', known: ['price', 'country', 'is_member', 'click_rate'] }],
    ['no stream', '/api/v1/compare', 400, 'invalid-parameter', { parameters: [{ name: 'stream', what: 'is missing', valid: ['impressions', 'purchases'] }, { name: 'field', what: 'is missing', valid: [] }] }],
    ['no field', '/api/v1/compare?stream=impressions', 400, 'invalid-parameter', { parameters: [{ name: 'field', what: 'is missing', valid: ['price', 'country', 'is_member', 'click_rate'] }] }],
    ['an unknown parameter', '/api/v1/alerts?stat=firing', 400, 'invalid-parameter', {}],
    ['a parameter twice', '/api/v1/alerts?state=all&state=all', 400, 'invalid-parameter', {}],
    ['an unknown cohort', '/api/v1/compare?stream=impressions&field=price&a=contol', 400, 'invalid-parameter', {}],
    ['a time that is none', '/api/v1/compare?stream=impressions&field=price&from=yesterday', 400, 'invalid-parameter', {}],
    ['a time beyond all time', '/api/v1/compare?stream=impressions&field=price&from=9999999999999999', 400, 'invalid-parameter', {}],
    ['a range that ends before it starts', '/api/v1/compare?stream=impressions&field=price&from=2&to=1', 400, 'invalid-parameter', {}],
    ['a path that cannot be decoded', '/api/v1/streams/%zz/fields', 400, 'bad-request', { detail: 'the path is not UTF-8, percent-encoded' }],
    ['a name that is no UTF-8', `/api/v1/streams/${'%ff'.repeat(90)}/fields`, 400, 'bad-request', { detail: 'the path is not UTF-8, percent-encoded' }],
    ['an unknown field over time', '/api/v1/streams/impressions/fields/prise/history', 404, 'unknown-field', { nearest: 'price' }],
    ['a step that is none', '/api/v1/streams/impressions/fields/price/history?step=soon', 400, 'invalid-parameter', {}],
    ['an unknown form', '/api/v1/checks?format=xml', 400, 'invalid-parameter', { parameters: [{ name: 'format', what: 'has no value "xml"', valid: ['json', 'csv', 'markdown'] }] }],
    ['a page of nothing', '/api/v1/checks?limit=0', 400, 'invalid-parameter', {}],
    ['a page of everything', '/api/v1/checks?limit=1001', 400, 'invalid-parameter', {}],
    ['a cursor of somebody else', '/api/v1/checks?cursor=eyJhIjoxfQ', 400, 'invalid-parameter', {}],
    ['an unknown reason', '/api/v1/quarantine?reason=unreadable', 400, 'invalid-parameter', {}],
    ['a switch that is none', '/readyz?verbose=maybe', 400, 'invalid-parameter', {}],
    ['a name like a method of objects', '/api/v1/streams/__proto__/fields', 404, 'unknown-stream', {}],
  ] // prettier-ignore
  for (const [what, path, status, type, expected] of asked) {
    it(`such as ${what}, gets a problem that says what would be valid`, async () => {
      const { body, headers } = await problem(await serve(), path, status, type)
      assert.deepEqual({ ...body, ...expected }, body)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
    })
  }

  it('may hold a name as long as a request can be, and gets the beginning of it back', async () => {
    for (const path of [`/api/v1/streams/${'x'.repeat(7_000)}/fields`, `/streams/${'y'.repeat(600)}`]) {
      const answer = await fetch((await serve()).url + path)
      const { type, detail } = (await answer.json()) as { type: string; detail: string }
      assert.deepEqual([answer.status, type], [404, '/problems/unknown-stream'])
      assert.match(detail, /^there is no stream "[xy]{100}…"$/)
    }
  })

  it('gets all its mistakes at once', async () => {
    const path = '/api/v1/compare?field=&a=controll&from=x&until=y'
    const { body } = await problem(await serve(), path, 400, 'invalid-parameter')
    const mistakes = body.parameters as { name: string; nearest?: string }[]
    assert.deepEqual(mistakes.map(({ name }) => name).sort(), ['a', 'field', 'from', 'stream', 'until'])
    assert.equal(mistakes.find(({ name }) => name === 'a')!.nearest, 'control')
  })

  it('gets the range that is kept when nothing lies in the one it asks for', async () => {
    const compare: ServiceFacts['compare'] = async () => ({
      kind: 'nothing-in-range',
      keptFromMs: 0,
      keptToMs: 3_600_000,
    })
    const server = await serve({ compare })
    const { body } = await problem(server, '/api/v1/compare?stream=impressions&field=price', 404, 'nothing-in-range')
    assert.deepEqual(body.kept, { from: '1970-01-01T00:00:00.000Z', to: '1970-01-01T01:00:00.000Z' })
  })

  it('gets the reason where there is no baseline, or none of this; and one baseline is no two', async () => {
    const reason = 'the configuration names no baseline'
    const server = await serve({ compare: async () => ({ kind: 'not-in-baseline', reason }) })
    const path = '/api/v1/compare?stream=impressions&field=price&a=baseline'
    assert.equal((await problem(server, path, 404, 'not-in-baseline')).body.detail, reason)
    const { body } = await problem(server, `${path}&b=baseline`, 400, 'invalid-parameter')
    assert.deepEqual((body.parameters as { name: string }[]).map(({ name }) => name), ['b']) // prettier-ignore
  })

  it('shows nothing of an error inside, but hands it to the log', async () => {
    const errors: unknown[] = []
    const compare = () => Promise.reject(new Error('the password is 1234'))
    const server = await serve({ compare }, { onError: (error) => errors.push(error) })
    const { body } = await problem(server, '/api/v1/compare?stream=impressions&field=price', 500, 'internal')
    assert.ok(!JSON.stringify(body).includes('1234'))
    assert.equal(errors.length, 1)
  })

  it('never gets NaN: a number that is none is null', async () => {
    const compare: ServiceFacts['compare'] = async (query, signal) => {
      const answer = await fakeFacts().compare(query, signal)
      assert.ok(answer.kind === 'compared')
      return {
        ...answer,
        comparison: { ...answer.comparison, distances: { psi: NaN, ks: Infinity, js: 0, wassersteinRatio: null } },
      }
    }
    const server = await serve({ compare })
    const text = await (await fetch(`${server.url}/api/v1/compare?stream=impressions&field=price`)).text()
    assert.deepEqual((JSON.parse(text) as { distances: object }).distances, {
      psi: null,
      ks: null,
      js: 0,
      wassersteinRatio: null,
    })
  })
})

describe('what the service answers', () => {
  it('takes times as RFC 3339 with any zone, and as milliseconds', async () => {
    const asked: (number | null)[] = []
    const server = await serve({
      compare: async (query, signal) => {
        asked.push(query.fromMs, query.toMs)
        return fakeFacts().compare(query, signal)
      },
    })
    const compare = `${server.url}/api/v1/compare?stream=impressions&field=price`
    for (const from of [
      '2026-03-04T23:00:00%2B01:00',
      '2026-03-04T23:00:00+01:00',
      '1772661600000',
      '2026-03-04T22:00:00Z',
    ]) {
      assert.equal((await fetch(`${compare}&from=${from}`)).status, 200)
    }
    assert.deepEqual(asked, Array(4).fill([1_772_661_600_000, null]).flat())
  })

  it('shapes alerts as Prometheus does: firing ones, or all when asked', async () => {
    const { url } = await serve()
    const alerts = async (query: string) => {
      const body = (await (await fetch(`${url}/api/v1/alerts${query}`)).json()) as AlertsBody
      assert.equal(body.status, 'success')
      return body.data.alerts
    }
    const firing = await alerts('')
    assert.deepEqual(
      firing.map(({ state, labels }) => [state, labels.field]),
      [['firing', 'price']],
    )
    assert.deepEqual(firing[0]!.labels, {
      alertname: 'EvenkeelMissing', severity: 'critical', stream: 'impressions', check: 'missing', field: 'price',
      cohort: 'candidate', against: 'control',
    }) // prettier-ignore
    assert.equal(firing[0]!.activeAt, '2026-03-04T22:00:00.000Z')
    assert.equal(firing[0]!.value, '0.021')
    assert.match(firing[0]!.annotations.description!, /2\.1 %/)
    assert.deepEqual(
      (await alerts('?state=resolved')).map(({ labels }) => labels.field),
      ['country'],
    )
    assert.equal((await alerts('?state=all')).length, 2)
    assert.equal((await alerts('?state=all&stream=purchases')).length, 0)
  })

  it('gives the watch list, of all streams or of one', async () => {
    const { url } = await serve()
    const list = async (query: string) =>
      ((await (await fetch(`${url}/api/v1/watch-list${query}`)).json()) as { watchList: { id: string }[] }).watchList
    assert.deepEqual(
      (await list('')).map(({ id }) => id),
      ['impressions/missing/country', 'impressions/missing/is_member'],
    )
    assert.equal((await list('?stream=impressions')).length, 2)
    assert.equal((await list('?stream=purchases')).length, 0)
    await problem({ url }, '/api/v1/watch-list?stream=purchase', 404, 'unknown-stream')
  })

  it('puts the checks of each field beside it', async () => {
    const { url } = await serve()
    const body = (await (await fetch(`${url}/api/v1/streams/impressions/fields`)).json()) as {
      fields: { name: string; checks: { verdict: string }[] }[]
    }
    assert.deepEqual(body.fields.map(({ name, checks }) => [name, checks.map(({ verdict }) => verdict)]), [
      ['price', ['FAIL']], ['country', ['INSUFFICIENT']], ['is_member', ['PASS']],
    ]) // prettier-ignore
  })

  it('is alive whatever happens, but ready only when every condition is met', async () => {
    let conditions = [...CONDITIONS_MET, { name: 'topics', isMet: true, detail: 'ok' }]
    const { url } = await serve({ conditions: () => conditions, hasStarted: () => false })
    assert.deepEqual(await (await fetch(`${url}/readyz`)).json(), { status: 'ok' })
    const verbose = (await (await fetch(`${url}/readyz?verbose`)).json()) as {
      conditions: { name: string; met: boolean }[]
    }
    assert.deepEqual(verbose.conditions.map(({ name, met }) => [name, met]), [['broker', true], ['view', true], ['topics', true]]) // prettier-ignore

    conditions = [
      { name: 'broker', isMet: false, detail: 'connect ECONNREFUSED 10.0.0.7:9092' },
      ...CONDITIONS_MET.slice(1),
    ]
    const { body } = await problem({ url }, '/readyz', 503, 'not-ready')
    assert.equal(body.detail, 'broker: connect ECONNREFUSED 10.0.0.7:9092')
    assert.deepEqual(
      (body.conditions as { met: boolean }[]).map(({ met }) => met),
      [false, true],
    )
    await problem({ url }, '/startupz', 503, 'not-ready')
    assert.equal((await fetch(`${url}/livez`)).status, 200)
  })

  it('hands the exposition on as it is, in the format that was asked for', async () => {
    const metrics = async (accept?: string) => ({ contentType: `text/x; for="${accept}"`, body: 'evenkeel_x 1\n' })
    const { url } = await serve({ metrics })
    const answer = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text' } })
    assert.equal(await answer.text(), 'evenkeel_x 1\n')
    assert.match(answer.headers.get('content-type')!, /for="application\/openmetrics-text"/)
    assert.match(answer.headers.get('vary')!, /accept/i)
  })
})

describe('the door', () => {
  it('lets nobody change anything', async () => {
    const { url } = await serve()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const { headers } = await problem({ url }, '/api/v1/streams', 405, 'method-not-allowed', { method })
      assert.equal(headers.get('allow'), 'GET, HEAD')
    }
    const huge = { method: 'POST', body: 'x'.repeat(100_000), headers: { 'content-type': 'application/json' } }
    await problem({ url }, '/api/v1/streams', 405, 'method-not-allowed', huge)
    const head = await fetch(`${url}/api/v1/streams`, { method: 'HEAD' })
    assert.deepEqual([head.status, await head.text()], [200, ''])
  })

  it('refuses to listen beyond this machine unless told that it may', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '']) {
      const listening = createHttpServer(fakeFacts(), { host, port: 0, version: '0' })
      await assert.rejects(listening, /EVENKEEL_HTTP_LISTEN.*--insecure-no-auth/, host)
    }
    await serve({}, { host: '0.0.0.0', allowInsecure: true })
  })

  it('says which address is taken', async () => {
    const { url } = await serve()
    const port = Number(new URL(url).port)
    await assert.rejects(createHttpServer(fakeFacts(), { host: '127.0.0.1', port, version: '0' }), {
      code: 'EVENKEEL_HTTP_LISTEN',
      message: new RegExp(`127\\.0\\.0\\.1:${port}.*EADDRINUSE`),
    })
  })

  it('answers only to names of this machine, so that no web page can reach it through a name of its own', async () => {
    const { url } = await serve()
    const port = Number(new URL(url).port)
    for (const host of ['evil.example', 'evil.example:80', 'localhost.evil.example', '', '127.0.0.1.evil.example']) {
      assert.match(
        await raw(port, `GET /api/v1/streams HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
        /^HTTP\/1\.1 4(21|00)/,
        host,
      )
    }
    for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1', '127.8.9.1:80', '[::1]:9']) {
      assert.match(
        await raw(port, `GET /livez HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
        /^HTTP\/1\.1 200/,
        host,
      )
    }
  })

  it('answers what is no HTTP with a problem too', async () => {
    const { url } = await serve()
    const port = Number(new URL(url).port)
    const garbage = await raw(port, 'what is this\r\n\r\n')
    assert.match(garbage, /^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*"type":"\/problems\/bad-request"/)
    const fat = await raw(port, `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)
    assert.match(fat, /^HTTP\/1\.1 431 [^]*"type":"\/problems\/headers-too-large"/)
  })

  it(
    'closes clients that send their headers slowly, and answers the others meanwhile',
    { timeout: 60_000 },
    async () => {
      const { url } = await serve()
      const port = Number(new URL(url).port)
      const slow = Array.from({ length: 50 }, () => {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => undefined)
        socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n')
        const drip = setInterval(() => socket.write('X-Drip: 1\r\n'), 500)
        return once(socket.resume(), 'close').finally(() => clearInterval(drip))
      })
      assert.equal((await fetch(`${url}/livez`)).status, 200)
      // They would go on for ever.
      await Promise.all(slow)
    },
  )

  it(
    'takes no more connections than it should: who has waited longest makes way, whoever asks is answered',
    { timeout: 60_000 },
    async () => {
      const { url } = await serve({}, { connectionsMax: 5 })
      const port = Number(new URL(url).port)
      const closed: number[] = []
      const sockets = await Promise.all(
        Array.from({ length: 12 }, async (_, at) => {
          const socket = connect(port, '127.0.0.1').on('error', () => undefined)
          socket.resume().once('close', () => closed.push(at))
          await once(socket, 'connect')
          return socket
        }),
      )
      assert.equal((await fetch(`${url}/livez`, { headers: { connection: 'close' } })).status, 200)
      while (closed.length < 8) await setImmediate()
      assert.equal(closed.length, 8)
      sockets.forEach((socket) => socket.destroy())
    },
  )

  it('leaves who is being answered alone, however many come', async () => {
    const answer = Promise.withResolvers<{ contentType: string; body: string }>()
    const asked = Promise.withResolvers<void>()
    const metrics = () => (asked.resolve(), answer.promise)
    const { url } = await serve({ metrics }, { connectionsMax: 1 })
    const waiting = fetch(`${url}/metrics`)
    await asked.promise
    await assert.rejects(fetch(`${url}/livez`))
    answer.resolve({ contentType: 'text/plain', body: 'x 1' })
    assert.equal(await (await waiting).text(), 'x 1')
  })

  it('closes at once, whoever is still connected', async () => {
    const asked = Promise.withResolvers<void>()
    const metrics = (): Promise<never> => (asked.resolve(), new Promise(() => undefined))
    const server = await createHttpServer(fakeFacts({ metrics }), { host: '127.0.0.1', port: 0, version: '0' })
    await fetch(`${server.url}/livez`) // its connection stays open
    const isCutOff = assert.rejects(fetch(`${server.url}/metrics`))
    await asked.promise
    await server.close()
    // Not waited for: who waits gives it an answer, if only that it took too long.
    await isCutOff
  })
})

interface AsyncApi {
  asyncapi: string
  channels: { alerts: { address: string; messages: object } }
  components: { messages: Record<string, { name: string }>; schemas: { alert: { schema: object } } }
}

interface AlertsBody {
  status: string
  data: {
    alerts: {
      labels: Record<string, string>
      annotations: Record<string, string>
      state: string
      activeAt: string
      value: string
    }[]
  }
}

async function serve(facts: Partial<ServiceFacts> = {}, options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const server = await createHttpServer(fakeFacts(facts), { host: '127.0.0.1', port: 0, version: '0.1.0', ...options })
  servers.push(server)
  return server
}

async function openApiOf(server: HttpServer): Promise<OpenApi> {
  return (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi
}

function exampleOf(path: string, { parameters = [] }: Operation): string {
  let url = path
  const query = new URLSearchParams()
  for (const parameter of parameters) {
    const example = String(parameter.example)
    if (parameter.in === 'path') url = url.replace(`{${parameter.name}}`, encodeURIComponent(example))
    else query.set(parameter.name, example)
  }
  return query.size === 0 ? url : `${url}?${query}`
}

async function problem(
  server: Pick<HttpServer, 'url'>,
  path: string,
  status: number,
  type: string,
  init?: RequestInit,
): Promise<{ body: Record<string, unknown>; headers: Headers }> {
  const answer = await fetch(server.url + path, init)
  const body = (await answer.json()) as Record<string, unknown>
  assert.equal(answer.status, status, JSON.stringify(body))
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  assert.equal(body.type, `/problems/${type}`)
  assert.equal(body.status, status)
  assert.ok(typeof body.title === 'string' && body.title !== '')
  assert.ok(typeof body.detail === 'string' && body.detail !== '')
  assert.equal(body.instance, path.split('?')[0])
  return { body, headers: answer.headers }
}

async function raw(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  let answer = ''
  socket.on('data', (bytes) => (answer += bytes.toString()))
  socket.write(request)
  await once(socket, 'close')
  return answer
}
