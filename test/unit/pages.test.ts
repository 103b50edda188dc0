import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { buildServer } from '../../src/http/server.ts'
import type { Server } from '../../src/http/server.ts'
import type { ComparedSide, ServiceFacts, ShownAlert, ShownCheck } from '../../src/http/facts.ts'
import { fakeAlert, fakeCheck, fakeFacts, FROM_MS, TO_MS } from '../support/fake-facts.ts'
import { HOSTILE_NAMES, hostileName } from '../support/hostile-names.ts'
import { elementsOf, textOf } from '../support/markup.ts'
import { wideFacts } from '../support/wide-facts.ts'

const servers: Server[] = []
/** What should not happen inside. */
const errors: unknown[] = []
after(async () => {
  await Promise.all(servers.map((server) => server.close()))
  assert.deepEqual(errors, [])
})

const PAGES = [
  '/',
  '/streams/impressions',
  '/streams/impressions/fields/price',
  '/streams/impressions/fields/click_rate',
  '/streams/impressions/engagement',
  '/streams/impressions/sample-ratio',
  '/streams/impressions/quality',
  '/streams/impressions/violations',
  '/alerts',
  '/alerts?state=all',
  '/alerts/alert-price',
  '/watch-list',
  '/compare',
  '/compare?stream=impressions&field=price',
] as const

describe('every page', () => {
  for (const path of PAGES) {
    it(`${path} is whole HTML with a title, one main heading, and nothing inline`, async () => {
      const { page, headers } = await pageOf(fakeFacts(), path)
      assert.equal(headers['content-type'], 'text/html; charset=utf-8')
      const elements = elementsOf(page)
      const named = (name: string) => elements.filter((each) => each.name === name)
      assert.match(named('title')[0]!.text, /^\S.* · Evenkeel$/)
      assert.equal(named('h1').length, 1)
      assert.deepEqual(elements.filter(({ attributes }) => [...attributes.keys()].some((key) => key === 'style' || key.startsWith('on'))), []) // prettier-ignore
      assert.deepEqual(named('style'), [])
      assert.deepEqual(named('script').map(({ text, attributes }) => [text, attributes.get('src')]), [['', '/assets/live.mjs']]) // prettier-ignore
      const ids = elements.flatMap(({ attributes }) => attributes.get('id') ?? [])
      assert.deepEqual(ids, [...new Set(ids)], 'an id stands there once')
    })
  }

  it('allows what comes from ourselves and nothing else', async () => {
    for (const path of ['/', '/nowhere']) {
      const { headers } = await pageOf(fakeFacts(), path)
      const policy = String(headers['content-security-policy'])
      assert.deepEqual(policy.split('; ').sort(), [
        "base-uri 'none'", "connect-src 'self'", "default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "img-src 'self'", "script-src 'self'", "style-src 'self'",
      ]) // prettier-ignore
      assert.equal(headers['x-content-type-options'], 'nosniff')
    }
  })

  it('is served with its stylesheet, its script and its icon', async () => {
    const server = await serverOf(fakeFacts())
    for (const [path, type] of [['/assets/page.css', 'text/css'], ['/assets/live.mjs', 'text/javascript'], ['/assets/icon.svg', 'image/svg+xml']]) {
      const { statusCode, headers, body } = await server.inject({ url: path!, headers: LOCAL })
      assert.deepEqual([statusCode, headers['content-type']], [200, `${type}; charset=utf-8`])
      assert.ok(body.length > 100)
    } // prettier-ignore
  })

  it('links only to what is there, whatever is followed', async () => {
    const server = await serverOf(fakeFacts())
    const seen = new Set<string>()
    const next: string[] = ['/', '/nowhere', '/streams/impresions', '/?sort=nme']
    while (next.length > 0) {
      const path = next.pop()!
      const { statusCode, body, headers } = await server.inject({ url: path, headers: LOCAL })
      if (!/nowhere|impresions|nme/.test(path)) assert.equal(statusCode, 200, path)
      if (!String(headers['content-type']).startsWith('text/html')) continue
      const elements = elementsOf(body)
      const ids = new Set(elements.map(({ attributes }) => attributes.get('id')))
      for (const { attributes } of elements) {
        const href = attributes.get('href') ?? attributes.get('src')
        if (href === undefined) continue
        const [address, anchor] = href.split('#') as [string, string?]
        if (anchor !== undefined && address === '') assert.ok(ids.has(anchor), `${path}: #${anchor}`)
        assert.ok(address === '' || address.startsWith('/'), `${path}: ${href}`)
        // Ranges have no end: of the pages of a field those are enough that the others link to.
        if (address === '' || address === '/api/v1/events' || seen.has(address) || seen.size > 300) continue
        seen.add(address)
        next.push(address)
      }
    }
    assert.ok(seen.size > 40, `${seen.size} addresses`)
    for (const path of PAGES.slice(0, 9)) assert.ok(path === '/' || seen.has(path), `nothing links to ${path}`)
  })
})

describe('the overview', () => {
  it('tells first what fires, then what deserves a look, then every question and field', async () => {
    const text = textOf((await pageOf(fakeFacts(), '/')).page)
    const places = ['FAIL 1 alert firing', 'Needs attention', 'missing price', 'Deserves a look', 'missing country', '75 % of the evidence', 'control m41 50,010 events of about 4,990 units', 'Distributions', 'Missing', 'Sample ratio', 'What needs attention first'].map((words) => text.indexOf(words)) // prettier-ignore
    assert.ok(places.every((place) => place >= 0), JSON.stringify(places)) // prettier-ignore
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    )
    assert.match(text, /1 of 12 slices incomplete · 7 rejected · 2 late · 3 events of other cohorts/)
  })

  it('lets the gravest alert of a cause speak for it, and leads from what has no field to the page of its question', async () => {
    const warning = { ...fakeAlert('price', 'firing'), severity: 'warning' as const, firedAtMs: FROM_MS - 1 }
    const contract = { ...fakeAlert('ts', 'firing'), check: 'schema' as const }
    const switching = { ...fakeAlert('x', 'firing'), check: 'cross-cohort' as const, field: null, group: 'group-2' }
    const { page } = await pageOf(fakeFacts({ alerts: () => [warning, contract, switching] }), '/')
    const elements = elementsOf(page)
    assert.match(textOf(page), /Needs attention.*schema ts.*missing price.*cross-cohort/)
    const looks = elements.flatMap(({ name, text, attributes }) => (name === 'a' && text.startsWith('look at') ? [attributes.get('href')] : [])) // prettier-ignore
    assert.deepEqual(looks, ['/streams/impressions/violations', '/streams/impressions/fields/price', '/streams/impressions/sample-ratio']) // prettier-ignore
  })

  it('says how much there is of what is needed', async () => {
    const reason = 'missing country: too little data: 212 of at least 500 values of the control that can be compared'
    const checks = () => [{ ...fakeCheck('country', 'INSUFFICIENT'), reason }]
    const { page } = await pageOf(fakeFacts({ checks, alerts: () => [], overall: () => ({ verdict: 'INSUFFICIENT', reason }) }), '/') // prettier-ignore
    assert.ok(elementsOf(page).some(({ name, text, attributes }) => name === 'td' && attributes.get('class') === 'i' && text === '212 of 500')) // prettier-ignore
    assert.match(textOf(page), /INSUFFICIENT missing country: too little data: 212 of at least 500/)
  })

  it('says that nothing fires, and that nothing is judged yet', async () => {
    const calm = { alerts: () => [], watchList: () => [], checks: () => [] }
    assert.match(textOf((await pageOf(fakeFacts(calm), '/')).page), /Nothing is firing/)
    const { stream } = fakeFacts()
    const young = (name: string) => ({ ...stream(name)!, fromMs: null, toMs: null, slices: 0, fields: [] })
    const page = (await pageOf(fakeFacts({ ...calm, stream: young, trails: () => null }), '/')).page
    assert.match(textOf(page), /No slice is closed yet: nothing is judged.*no slice closed yet.*watches no field/)
  })

  it('sorts its fields as asked, and says so to who cannot see it', async () => {
    const fields = async (sort: string): Promise<string[]> => {
      const { page } = await pageOf(fakeFacts({ streamNames: () => ['impressions'] }), `/?sort=${sort}`)
      const elements = elementsOf(page)
      if (sort === 'name') assert.equal(elements.find(({ attributes }) => attributes.has('aria-sort'))!.attributes.get('aria-sort'), 'ascending') // prettier-ignore
      return elements.flatMap(({ name, attributes, text }) => (name === 'a' && /^\/streams\/impressions\/fields\/[a-z_]+$/.test(attributes.get('href') ?? '') && ['price', 'country', 'is_member'].includes(text) ? [text] : [])) // prettier-ignore
    }
    assert.deepEqual((await fields('attention')).slice(-3), ['price', 'country', 'is_member'])
    assert.deepEqual((await fields('name')).slice(-3), ['country', 'is_member', 'price'])
    assert.deepEqual((await fields('configured')).slice(-3), ['price', 'country', 'is_member'])
  })

  it('of three hundred fields has all of them in 150 KB', async () => {
    const { page } = await pageOf(wideFacts(300), '/')
    assert.equal(elementsOf(page).filter(({ name, attributes }) => name === 'th' && attributes.get('scope') === 'row').length, 300) // prettier-ignore
    assert.ok(Buffer.byteLength(page) <= 150_000, `${Buffer.byteLength(page)} bytes`)
  })

  it('says who muted a check and who saw to an alert', async () => {
    const muted = { by: 'ana', reason: 'known since Monday', atMs: FROM_MS, untilMs: TO_MS }
    const acknowledged = { by: 'ben', reason: 'rolling back', atMs: FROM_MS }
    const alerts = (): ShownAlert[] => [{ ...fakeAlert('price', 'firing'), muted, acknowledged }]
    const text = textOf((await pageOf(fakeFacts({ alerts }), '/')).page)
    assert.match(text, /Muted until 2026-03-04 23:00 by ana : known since Monday.*Seen to by ben at 2026-03-04 22:00 : rolling back/) // prettier-ignore
  })
})

describe('the page of a field', () => {
  it('has the sentence of what fires, both sides, what moved, the checks and fixed links', async () => {
    const { page } = await pageOf(fakeFacts(), '/streams/impressions/fields/price')
    const text = textOf(page)
    assert.match(text, /Firing since 2026-03-04 22:00 : 2\.1 % of candidate values/)
    assert.match(text, /Distances, for the eye: PSI 0\.010, KS 0\.020/)
    const hrefs = elementsOf(page).flatMap(({ attributes }) => attributes.get('href') ?? [])
    assert.ok(hrefs.includes('/streams/impressions/fields/price?from=2026-03-04T22:00:00Z&to=2026-03-04T23:00:00Z'))
    assert.ok(hrefs.includes('/api/v1/compare?stream=impressions&field=price&from=2026-03-04T22:00:00Z&to=2026-03-04T23:00:00Z')) // prettier-ignore
  })

  it('counts what is missing as one of the things that moved, and names what appeared and vanished', async () => {
    const compare: ServiceFacts['compare'] = async (query) => {
      const answer = await fakeFacts().compare(query, new AbortController().signal)
      assert.ok(answer.kind === 'compared')
      const { comparison } = answer
      const side = (of: ComparedSide, missing: number, counts: Record<string, number>): ComparedSide => {
        const categories = Object.entries(counts).map(([name, count]) => ({ name, count }))
        return { ...of, count: 1000, missing, values: 1000 - missing, histogram: null, categories, others: 0 }
      }
      const a = side(comparison.a, 0, { NL: 600, DE: 400, FR: 0 })
      const b = side(comparison.b, 100, { NL: 500, DE: 0, FR: 400 })
      return { kind: 'compared', comparison: { ...comparison, kind: 'categorical', a, b } }
    }
    const drawn: (string | null | undefined)[] = []
    const history: ServiceFacts['history'] = (query, signal) => {
      drawn.push(query.category)
      return fakeFacts().history(query, signal)
    }
    const facts = fakeFacts({ compare, history })
    const { page } = await pageOf(facts, '/streams/impressions/fields/country')
    // Over time is drawn what moved most, or whichever is asked for: every name leads to its own.
    const asked = elementsOf(page).flatMap(({ attributes }) => attributes.get('href') ?? []).find((href) => href.includes('category=NL')) // prettier-ignore
    await pageOf(facts, asked!.replace('#time', ''))
    assert.deepEqual(drawn, ['DE', 'NL'])
    assert.match(textOf(page), /New in B: FR \(400\)\. Vanished from B: DE \(400\)/)
    const rows = page.slice(page.indexOf('class="moved"')).split('<tr>').slice(2, 6).map((row) => textOf(`<tr>${row}`).trim()) // prettier-ignore
    assert.match(
      rows.join('\n'),
      /^DE 40\.0 % 0\.0 % −40\.0 pp.*\nFR .*\+40\.0 pp.*\nmissing 0\.0 % 10\.0 % \+10\.0 pp/,
    )
  })

  it('says what range there is where there is nothing in the one asked for', async () => {
    const nothing = { kind: 'nothing-in-range', keptFromMs: FROM_MS, keptToMs: TO_MS } as const
    const facts = fakeFacts({ compare: async () => nothing, history: async () => nothing })
    const { status, page } = await pageOf(facts, '/streams/impressions/fields/price?from=2001-01-01T00:00:00Z')
    assert.equal(status, 200)
    assert.match(
      textOf(page),
      /No closed slice lies in this range\. Slices are kept from 2026-03-04 22:00 to 23:00 UTC/,
    )
  })
})

describe('the page of an alert', () => {
  it('has its whole life, what started with it, and its check', async () => {
    const text = textOf((await pageOf(fakeFacts(), '/alerts/alert-country')).page)
    assert.match(text, /missing country.*resolved.*Its life.*fired.*resolved.*What started with it.*missing price.*The check now/) // prettier-ignore
  })
})

describe('the pages of data quality and violations', () => {
  const HOUR_MS = 3_600_000
  const start = FROM_MS - 3 * HOUR_MS

  it('draw the volume of whole hours only: a part of one is no loss', async () => {
    const plain = fakeFacts()
    // Begun at twenty past, and five minutes short of the last hour.
    const [fromMs, toMs] = [start + 20 * 60_000, start + 4 * HOUR_MS - 5 * 60_000]
    const point = (count: number) => ({ count, missingShare: 0, value: 1 })
    const points = [point(400), point(600), point(603), point(11)]
    const field = { name: 'price', kind: 'numeric' as const, top: null, control: points, candidate: points }
    const trails = () => ({ stepMs: HOUR_MS, startsMs: [0, 1, 2, 3].map((at) => start + at * HOUR_MS), fields: [field] }) // prettier-ignore
    const stream = (name: string) => ({ ...plain.stream(name)!, fromMs, toMs })
    const text = textOf((await pageOf(fakeFacts({ trails, stream }), '/streams/impressions/quality')).page)
    assert.match(text, /In the last whole hour: A 603, B 603\./)
    assert.match(text, /until \(UTC\) A control B candidate alerts 2026-03-04 21:00 600 600 2026-03-04 22:00 603 603/)
    assert.doesNotMatch(text, /\b(400|11)\b/)
  })

  it('say which fields were set aside, and where to look for their records', async () => {
    const { page } = await pageOf(fakeFacts(), '/streams/impressions/violations')
    const text = textOf(page)
    assert.match(
      text,
      /Fields set aside.*no offset of them is kept.*wrong-type\s+price\s+1\s+2\s+0\s+2026-03-04 22:55 to 23:00 UTC/,
    )
    assert.ok(text.includes(`kcat -b BROKER -t shop.impressions -o s@${TO_MS - 300_000} -o e@${TO_MS}`), text)
    assert.match(page, /href="\/api\/v1\/quarantine\?stream=impressions"/)
    const stream = (name: string) => ({ ...fakeFacts().stream(name)!, setAside: [] })
    const calm = textOf((await pageOf(fakeFacts({ stream }), '/streams/impressions/violations')).page)
    assert.match(calm, /No field was set aside\./)
  })
})

describe('the form to compare', () => {
  it('takes a stream and its field as one choice, and leaves alone what was left empty', async () => {
    const { page } = await pageOf(fakeFacts(), '/compare?what=impressions+price&a=candidate&b=candidate&from=&to=')
    const text = textOf(page)
    assert.match(text, /price of impressions/)
    assert.match(text, /A candidate B candidate/)
  })

  it('offers the baseline where there is one, and says of what it is and what it cannot say', async () => {
    assert.doesNotMatch((await pageOf(fakeFacts(), '/compare')).page, /value="baseline"/)
    const compare: ServiceFacts['compare'] = async (query, signal) => {
      if (query.field !== 'price') return { kind: 'not-in-baseline', reason: 'the baseline says nothing of it' }
      const answer = await fakeFacts().compare(query, signal)
      assert.ok(answer.kind === 'compared')
      return { kind: 'compared', comparison: { ...answer.comparison, baseline: { days: 9, verified: false } } }
    }
    const facts = fakeFacts({ compare, comparable: () => ['control', 'candidate', 'baseline'] })
    const { page } = await pageOf(facts, '/compare?what=impressions+price&a=baseline&b=candidate')
    assert.match(page, /<option value="baseline"\s+selected>/)
    assert.match(textOf(page), /The baseline is of 9 days; nobody has verified it.*A baseline B candidate/)
    assert.doesNotMatch(textOf(page), /set aside/)
    const { page: nothing } = await pageOf(facts, '/compare?what=impressions+country&a=baseline&b=candidate')
    assert.match(textOf(nothing), /The baseline says nothing of it\./)
    const { page: both } = await pageOf(facts, '/compare?what=impressions+price&a=baseline&b=baseline')
    assert.match(textOf(both), /is the baseline, and so is a/)
  })

  it('says what is wrong beside the form, where it can be mended', async () => {
    for (const [query, words] of [['stream=impressions&field=prise', 'did you mean "price"'], ['stream=x&field=price', 'there is no stream "x"'], ['what=impressions+price&from=yesterday', 'is no time'], ['what=nonsense+x&a=me', 'a has no value "me"']]) {
      const { status, page } = await pageOf(fakeFacts(), `/compare?${query}`)
      assert.equal(status, 200)
      const notice = elementsOf(page).find(({ attributes }) => attributes.get('role') === 'alert')
      assert.ok(notice?.text.includes(words!), `${query}: ${notice?.text}`)
      assert.ok(elementsOf(page).some(({ name }) => name === 'select'))
    } // prettier-ignore
  })
})

describe('a problem', () => {
  const problems = [
    ['/streams/impresions', 404, 'Unknown stream', '/streams/impressions'],
    ['/streams/impressions/fields/prise', 404, 'Unknown field', '/streams/impressions/fields/price'],
    ['/?sort=nme', 400, 'Invalid parameter', '/?sort=name'],
    ['/alerts/none', 404, 'There is nothing here', '/'],
    ['/nowhere', 404, 'There is nothing here', '/'],
    ['/api/v1/compare?stream=x&field=y', 404, 'Unknown stream', '/streams/impressions'],
    ['/%zz', 400, 'Not a request this server understands', '/'],
  ] as const
  for (const [path, status, title, link] of problems) {
    it(`at ${path} is a page with what there is, for who asks for one, and JSON for everybody else`, async () => {
      const found = await pageOf(fakeFacts(), path)
      assert.equal(found.status, status)
      const elements = elementsOf(found.page)
      assert.equal(elements.find(({ name }) => name === 'h1')!.text.trim(), title)
      assert.ok(elements.some(({ attributes }) => attributes.get('href') === link), link) // prettier-ignore
      const server = await serverOf(fakeFacts())
      for (const accept of ['*/*', 'application/json', undefined]) {
        const headers = { host: 'localhost', ...(accept === undefined ? {} : { accept }) }
        assert.equal((await server.inject({ url: path, headers })).headers['content-type'], 'application/problem+json')
      }
    })
  }
})

describe('a hostile name', () => {
  it('becomes neither an element nor an attribute on any page', async (t) => {
    const seed = Date.now() % 1_000_000
    t.diagnostic(`seed ${seed}`)
    const plain = await shapesOf(fakeFacts(), 'price')
    for (const name of HOSTILE_NAMES) assert.deepEqual(await shapesOf(named(name), name), plain, JSON.stringify(name))
    await fc.assert(
      fc.asyncProperty(hostileName, async (name) => {
        fc.pre(name !== '' && name !== '.' && name !== '..')
        assert.deepEqual(await shapesOf(named(name), name), plain)
      }),
      { seed, numRuns: 60 },
    )
  })
})

/** The names of all elements and attributes of all pages, where the hostile field is asked for as well. */
async function shapesOf(facts: ServiceFacts, field: string): Promise<string[]> {
  const server = await serverOf(facts)
  const asked = encodeURIComponent(field.toWellFormed().slice(0, 40))
  const paths = [...PAGES.filter((path) => !path.includes('price')), '/alerts/alert-price', `/compare?stream=impressions&field=${asked}x`] // prettier-ignore
  const shapes: string[] = []
  for (const url of paths) {
    const { body } = await server.inject({ url, headers: LOCAL })
    shapes.push(elementsOf(body).map(({ name, attributes }) => `${name}(${[...attributes.keys()].join()})`).join(' ')) // prettier-ignore
  }
  servers.splice(servers.indexOf(server), 1)
  await server.close()
  return shapes
}

/** Everything that may come from anybody is called this: cohorts, fields, categories, segments, reasons, topics. */
function named(name: string): ServiceFacts {
  const facts = fakeFacts()
  const rename = <T extends ShownAlert | ShownCheck>(each: T): T =>
    each.field === 'price' ? { ...each, field: name, reason: `missing ${name}: x` } : each
  return fakeFacts({
    checks: () => facts.checks().map(rename),
    alerts: () => facts.alerts().map(rename),
    alertMarks: () => facts.alertMarks().map((mark) => (mark.field === 'price' ? { ...mark, field: name, reason: `${name}: x` } : mark)), // prettier-ignore
    stream: (wanted) => {
      const stream = facts.stream(wanted)
      if (stream === null) return null
      return {
        ...stream,
        topic: name,
        cohorts: stream.cohorts.map((cohort) => ({ ...cohort, values: cohort.values.map(() => name) })),
        fields: stream.fields.map((field) => (field.name === 'price' ? { ...field, name } : field)),
      }
    },
    quarantine: () => ({ examplesMax: 20, examples: facts.quarantine().examples.map((each) => ({ ...each, topic: name, field: each.field === null ? null : name })) }), // prettier-ignore
    overall: () => ({ verdict: 'FAIL', reason: name }),
  })
}

const LOCAL = { host: 'localhost', accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

async function pageOf(facts: ServiceFacts, url: string) {
  const { statusCode, headers, body } = await (await serverOf(facts)).inject({ url, headers: LOCAL })
  return { status: statusCode, headers, page: body }
}

async function serverOf(facts: ServiceFacts): Promise<Server> {
  const server = await buildServer(facts, { host: '127.0.0.1', port: 0, version: '0', onError: (error) => errors.push(error) }) // prettier-ignore
  servers.push(server)
  return server
}
