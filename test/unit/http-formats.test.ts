import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { ServiceFacts } from '../../src/http/facts.ts'
import { createHttpServer } from '../../src/http/server.ts'
import type { HttpServer } from '../../src/http/server.ts'
import { fakeCheck, fakeFacts } from '../support/fake-facts.ts'
import { readCsv } from '../support/csv.ts'

const servers: HttpServer[] = []
after(() => Promise.all(servers.map((server) => server.close())))

const LISTS = [
  '/api/v1/streams',
  '/api/v1/streams/impressions/cohorts',
  '/api/v1/streams/impressions/fields',
  '/api/v1/streams/impressions/fields/price/history',
  '/api/v1/compare?stream=impressions&field=price',
  '/api/v1/alerts?state=all',
  '/api/v1/rules',
  '/api/v1/checks',
  '/api/v1/watch-list',
  '/api/v1/quarantine',
]

describe('one address', () => {
  for (const path of LISTS) {
    it(`answers JSON, CSV and Markdown: ${path}`, async () => {
      const { url } = await serve()
      const get = (accept: string) => fetch(url + path, { headers: { accept } })
      const json = await get('application/json')
      assert.match(json.headers.get('content-type')!, /^application\/json/)
      const csv = await get('text/csv')
      assert.match(csv.headers.get('content-type')!, /^text\/csv; charset=utf-8; header=present/)
      const [names, ...rows] = readCsv(await csv.text())
      assert.ok(names!.length >= 5 && rows.length >= 1)
      for (const row of rows) assert.equal(row.length, names!.length)
      const times = rows.flatMap((row) => row.filter((_, at) => /(^|_)(at|from|to|start|end|last_fired|last_evaluation)$/.test(names![at]!))) // prettier-ignore
      for (const time of times) assert.match(time, /^$|^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      const markdown = await get('text/markdown')
      const lines = (await markdown.text()).trimEnd().split('\n')
      assert.match(lines[0]!, /^# \S/)
      assert.equal(lines.length, 4 + rows.length)
      for (const answer of [json, csv, markdown]) assert.match(answer.headers.get('vary')!, /accept/i)
      const tags = new Set([json, csv, markdown].map(({ headers }) => headers.get('etag')))
      assert.equal(tags.size, 3)
    })
  }

  it('has pictures of letters in Markdown, where somebody looks at it', async () => {
    const { url } = await serve()
    const markdown = async (path: string) => (await fetch(`${url}${path}?format=markdown`)).text()
    assert.match(await markdown('/api/v1/streams/impressions/fields'), /\| price \|.*\| [▁▂▃▄▅▆▇█] \| [▁▂▃▄▅▆▇█] \|/)
    assert.match(await markdown('/api/v1/watch-list'), /\| █{7}▌ {2} \|/)
  })

  it('is in the form that is preferred, and in the one that the address names before all', async () => {
    const { url } = await serve()
    const typeOf = async (accept: string, query = '') =>
      (await fetch(`${url}/api/v1/checks${query}`, { headers: { accept } })).headers.get('content-type')!.split(';')[0]
    assert.equal(await typeOf('text/html,application/xhtml+xml,*/*;q=0.8'), 'application/json')
    assert.equal(await typeOf('text/csv;q=0.5, text/markdown'), 'text/markdown')
    assert.equal(await typeOf('text/*'), 'text/csv')
    assert.equal(await typeOf('application/json;q=0, */*'), 'text/csv')
    assert.equal(await typeOf('text/csv', '?format=markdown'), 'text/markdown')
    assert.equal(await typeOf('image/png'), 'application/problem+json')
    const refused = await fetch(`${url}/api/v1/checks`, { headers: { accept: 'image/png' } })
    assert.equal(refused.status, 406)
    assert.deepEqual(((await refused.json()) as { formats: string[] }).formats, ['json', 'csv', 'markdown'])
  })
})

describe('a state that is known already', () => {
  it('is 304, computed by nobody, until something changes', async () => {
    let [epoch, asked] = ['one', 0]
    const checks = () => (asked++, [fakeCheck('price', 'FAIL')])
    const { url } = await serve({ epoch: () => epoch, checks })
    const get = (tag: string, path = '/api/v1/checks') => fetch(url + path, { headers: { 'if-none-match': tag } })
    const tag = (await fetch(`${url}/api/v1/checks`)).headers.get('etag')!
    assert.equal(asked, 1)
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`]) {
      const answer = await get(known)
      assert.deepEqual([answer.status, await answer.text(), answer.headers.get('etag')], [304, '', tag])
      assert.equal(answer.headers.get('cache-control'), 'no-cache')
    }
    assert.equal(asked, 1)
    assert.equal((await get(tag, '/api/v1/checks?verdict=FAIL')).status, 200)
    epoch = 'two'
    assert.equal((await get(tag)).status, 200)
  })

  it('is never a problem: those are told again, and have no tag', async () => {
    const history: ServiceFacts['history'] = async () => ({
      kind: 'nothing-in-range',
      keptFromMs: null,
      keptToMs: null,
    })
    const { url } = await serve({ history })
    const answer = await fetch(`${url}/api/v1/streams/impressions/fields/price/history`)
    assert.deepEqual([answer.status, answer.headers.get('etag'), answer.headers.get('cache-control')], [404, null, 'no-store']) // prettier-ignore
    const unknown = await fetch(`${url}/api/v1/alerts?stream=x`, { headers: { 'if-none-match': '*' } })
    assert.equal(unknown.status, 404)
  })
})

describe('a long list', () => {
  const names = Array.from({ length: 2_500 }, (_, at) => `f${at}`)
  it('comes in pages, each item once, in every form', async () => {
    const { url } = await serve({ checks: () => names.map((name) => fakeCheck(name, 'PASS')) })
    const seen: string[] = []
    let path: string | null = '/api/v1/checks?format=csv&limit=1000'
    for (let pages = 0; path !== null; pages++) {
      assert.ok(pages < 3)
      const answer: Response = await fetch(url + path)
      const rows = readCsv(await answer.text()).slice(1)
      seen.push(...rows.map((row) => row[3]!))
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? null
    }
    assert.deepEqual(seen, names)
    const first = (await (await fetch(`${url}/api/v1/checks`)).json()) as { checks: object[]; next: string }
    assert.equal(first.checks.length, 1000)
  })

  it('goes on behind the item where it stopped, whatever came or went meanwhile', async () => {
    let fields = ['a', 'b', 'c', 'd', 'e']
    const { url } = await serve({ checks: () => fields.map((name) => fakeCheck(name, 'PASS')) })
    const page = async (cursor: string | null) => {
      const answer = await fetch(`${url}/api/v1/checks?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`)
      const { checks, next } = (await answer.json()) as { checks: { field: string }[]; next: string | null }
      return { fields: checks.map(({ field }) => field), next }
    }
    const { next } = await page(null)
    fields = ['0', 'a', 'b', 'c', 'd', 'e']
    const second = await page(next)
    assert.deepEqual(second.fields, ['c', 'd'])
    fields = ['a', 'b', 'c', 'e']
    assert.deepEqual((await page(second.next)).next, null)
    fields = []
    assert.deepEqual(await page(second.next), { fields: [], next: null })
  })
})

describe('rules', () => {
  it('are checks as Prometheus and vmalert show rules: which fire, which never did, when they were looked at last', async () => {
    const { url } = await serve({ checks: () => [fakeCheck('price', 'FAIL'), fakeCheck('is_member', 'ERROR')] })
    const rules = async (query: string) => {
      const body = (await (await fetch(`${url}/api/v1/rules${query}`)).json()) as RulesBody
      assert.equal(body.status, 'success')
      return body.data.groups
    }
    const [group, ...others] = await rules('')
    assert.deepEqual(others, [])
    assert.deepEqual([group!.name, group!.interval, group!.lastEvaluation], ['impressions', 300, '2026-03-04T23:00:00.000Z']) // prettier-ignore
    assert.deepEqual(
      group!.rules.map(({ name, state, health, timesFired, lastFired, alerts }) => [
        ...[name, state, health, timesFired, lastFired, alerts?.length],
      ]),
      [
        ['EvenkeelMissing', 'firing', 'ok', 1, '2026-03-04T22:00:00.000Z', 1],
        ['EvenkeelMissing', 'inactive', 'err', 0, null, 0],
      ],
    )
    assert.equal((await rules('?state=firing'))[0]!.rules.length, 1)
    assert.deepEqual(await rules('?type=record'), [])
    assert.deepEqual(await rules('?rule_group[]=purchases'), [])
    assert.equal((await rules('?rule_name[]=EvenkeelMissing&rule_name[]=EvenkeelRange'))[0]!.rules.length, 2)
    assert.equal('alerts' in (await rules('?exclude_alerts=true'))[0]!.rules[0]!, false)
  })
})

interface RulesBody {
  status: string
  data: {
    groups: {
      name: string
      interval: number
      lastEvaluation: string
      rules: {
        name: string
        state: string
        health: string
        timesFired: number
        lastFired: string | null
        alerts?: object[]
      }[]
    }[]
  }
}

async function serve(facts: Partial<ServiceFacts> = {}): Promise<HttpServer> {
  const server = await createHttpServer(fakeFacts(facts), { host: '127.0.0.1', port: 0, version: '0.1.0' })
  servers.push(server)
  return server
}
