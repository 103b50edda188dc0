import type { FastifyReply, FastifyRequest } from 'fastify'
import { readFileSync } from 'node:fs'
import { alertPage } from '../page/alert-page.ts'
import { ALERT_STATES, alertsPage } from '../page/alerts-page.ts'
import { comparePage } from '../page/compare-page.ts'
import { engagementPage } from '../page/engagement-page.ts'
import { fieldPage } from '../page/field-page.ts'
import { FIELD_SORTS } from '../page/field-table.ts'
import { mostMoved } from '../page/contributions.ts'
import { documentOf } from '../page/layout.ts'
import type { Page } from '../page/layout.ts'
import { overviewPage } from '../page/overview-page.ts'
import { qualityPage } from '../page/quality-page.ts'
import { sampleRatioPage } from '../page/sample-ratio-page.ts'
import { violationsPage } from '../page/violations-page.ts'
import { watchListPage } from '../page/watch-list-page.ts'
import { judgeSides } from './compare-routes.ts'
import { COMPARED_COHORTS } from './facts.ts'
import type { CompareAnswer, HistoryAnswer, HistoryQuery, ServiceFacts, StreamFacts } from './facts.ts'
import { PAGE_POLICY } from './page-policy.ts'
import { Parameters, knownStream, unknownName } from './parameters.ts'
import { Problem } from './problem.ts'
import type { Server } from './server.ts'
import { shownGroups } from './shown-groups.ts'

/**
 * The pages for people: every one a function of the same facts that the API answers from, written here as HTML. No build, no
 * script needed; the policy allows what stands in our own three files and nothing that stands in a page.
 */
export function addPageRoutes(server: Server, facts: ServiceFacts, version: string): void {
  const pages = new Pages(facts, version)
  const route = (url: string, answer: (request: FastifyRequest) => Page | Promise<Page>): void => {
    server.get(url, { schema: { hide: true } }, async (request, reply) => pages.send(reply, await answer(request)))
  }
  route('/', (request) => pages.overview(request, null))
  route('/streams/:stream', (request) => pages.overview(request, parameter(request, 'stream')))
  route('/streams/:stream/fields/:field', (request) => pages.field(request))
  route('/streams/:stream/engagement', (request) => pages.engagement(request))
  route('/streams/:stream/sample-ratio', (request) => pages.sampleRatio(request))
  route('/streams/:stream/quality', (request) => pages.quality(request))
  route('/streams/:stream/violations', (request) => pages.violations(request))
  route('/alerts', (request) => pages.alerts(request))
  route('/alerts/:id', (request) => pages.alert(request))
  route('/watch-list', (request) => pages.watchList(request))
  route('/compare', (request) => pages.compare(request))
  for (const { url, type, text } of ASSETS) {
    server.get(url, { schema: { hide: true } }, (_request, reply) => sendText(reply, type, text))
  }
}

const ASSETS = [
  { url: '/assets/page.css', type: 'text/css', text: textOf(new URL('../page/page.css', import.meta.url)) },
  { url: '/assets/live.mjs', type: 'text/javascript', text: textOf(new URL('../page/live.mjs', import.meta.url)) },
  { url: '/assets/icon.svg', type: 'image/svg+xml', text: textOf(new URL('../page/icon.svg', import.meta.url)) },
]

function textOf(url: URL): string {
  return readFileSync(url, 'utf8')
}

/** So many charts fit on one page of engagement; the others are a link away. */
const METRICS_DRAWN_MAX = 8
const HOUR_MS = 3_600_000
const DAYS_SHOWN = 2
const POINTS_MAX = 60
const STEPS_MS = [1 / 12, 1 / 4, 1 / 2, 1, 3, 6, 24, 168].map((hours) => hours * HOUR_MS)

interface RangeAsked {
  fromMs: number | null
  toMs: number | null
}

class Pages {
  private readonly facts: ServiceFacts
  private readonly version: string

  constructor(facts: ServiceFacts, version: string) {
    this.facts = facts
    this.version = version
  }

  send(reply: FastifyReply, page: Page): FastifyReply {
    return sendPage(reply, page, this.facts, this.version)
  }

  overview(request: FastifyRequest, only: string | null): Page {
    const parameters = new Parameters(request.query, ['sort'])
    const sort = parameters.oneOf('sort', FIELD_SORTS, 'attention')
    parameters.done()
    if (only !== null) knownStream(this.facts, only)
    const names = only === null ? this.facts.streamNames() : [only]
    const firing = this.facts.alerts().filter(({ state, stream }) => state === 'firing' && names.includes(stream))
    return overviewPage({
      only,
      overall: this.facts.overall(names),
      streams: names.map((name) => ({ stream: this.facts.stream(name)!, trails: this.facts.trails(name) })),
      checks: this.facts.checks().filter(({ stream }) => names.includes(stream)),
      groups: shownGroups(firing),
      watchList: this.facts.watchList().filter(({ stream }) => names.includes(stream)),
      sort,
    })
  }

  async field(request: FastifyRequest): Promise<Page> {
    const stream = knownStream(this.facts, parameter(request, 'stream'))
    const title = parameter(request, 'field')
    const parameters = new Parameters(request.query, ['from', 'to', 'category'])
    const asked = rangeAsked(parameters)
    const category = parameters.optionalText('category')
    parameters.done()
    const field = stream.fields.find(({ name }) => name === title) ?? null
    const known = [...stream.fields.map(({ name }) => name), ...stream.metrics]
    if (!known.includes(title)) throw unknownName('unknown-field', `field of ${stream.name} called`, title, known)
    // Charts over time and the comparison are of the same two days, where nothing else is asked.
    const range = asked.fromMs === null && asked.toMs === null ? rangeOf(stream) : asked
    const query = { stream: stream.name, field: title, ...range }
    const compared = await this.facts.compare({ ...query, a: 'control', b: 'candidate' }, request.signal)
    const history = await this.facts.history(
      { ...query, stepMs: stepFor(range), category: category ?? mostMovedIn(compared) },
      request.signal,
    )
    const isOf = (each: { stream: string; field: string | null; check: string }): boolean =>
      each.stream === stream.name && each.field === title && (each.check === 'engagement') === (field === null)
    const checks = this.facts.checks().filter(isOf)
    const alerts = this.facts.alerts().filter(isOf).toReversed()
    const hasBaseline = this.facts.comparable().includes('baseline')
    return fieldPage({ stream, field, title, asked, checks, alerts, compared, hasBaseline, history })
  }

  async engagement(request: FastifyRequest): Promise<Page> {
    const stream = this.stream(request)
    const metrics = await Promise.all(
      stream.metrics.map(async (metric, at) => {
        if (at >= METRICS_DRAWN_MAX) return { metric, history: null }
        const query = { stream: stream.name, field: metric, ...rangeOf(stream), stepMs: stepFor(rangeOf(stream)) }
        return { metric, history: await this.facts.history(query, request.signal) }
      }),
    )
    return engagementPage({ stream, checks: this.checksOf(stream.name), metrics })
  }

  sampleRatio(request: FastifyRequest): Page {
    const stream = this.stream(request)
    return sampleRatioPage(stream, this.checksOf(stream.name))
  }

  quality(request: FastifyRequest): Page {
    const stream = this.stream(request)
    return qualityPage({ stream, trails: this.facts.trails(stream.name), checks: this.checksOf(stream.name) })
  }

  violations(request: FastifyRequest): Page {
    const stream = this.stream(request)
    return violationsPage({ stream, quarantine: this.facts.quarantine(), checks: this.checksOf(stream.name) })
  }

  alerts(request: FastifyRequest): Page {
    const parameters = new Parameters(request.query, ['state', 'stream'])
    const state = parameters.oneOf('state', ALERT_STATES, 'firing')
    const stream = parameters.optionalText('stream')
    parameters.done()
    if (stream !== null) knownStream(this.facts, stream)
    const own = this.facts.alerts().filter((alert) => alert.stream === (stream ?? alert.stream))
    const count = (wanted: string): number => own.filter((alert) => alert.state === wanted).length
    const shown = own.filter((alert) => state === 'all' || alert.state === state)
    const counts = { firing: count('firing'), resolved: count('resolved') }
    return alertsPage({ state, groups: shownGroups(shown), counts })
  }

  async alert(request: FastifyRequest): Promise<Page> {
    new Parameters(request.query, []).done()
    const id = parameter(request, 'id')
    const alerts = this.facts.alerts()
    const alert = alerts.find((each) => each.id === id)
    if (alert === undefined)
      throw new Problem('not-found', 'no alert that is known here has this id; /alerts?state=all lists those that are')
    const marks = this.facts.alertMarks().filter(({ alertId }) => alertId === id)
    const together = alerts.filter((each) => each.group === alert.group && each.id !== id)
    const check = this.facts.checks().find((each) => SUBJECT.every((key) => each[key] === alert[key])) ?? null
    const endMs = alert.resolvedAtMs ?? this.facts.stream(alert.stream)?.toMs ?? alert.firedAtMs
    const range = { fromMs: alert.firedAtMs - 6 * HOUR_MS, toMs: Math.min(endMs, alert.firedAtMs + 42 * HOUR_MS) }
    const { stream, field } = alert
    const facts = this.facts.stream(stream)
    const isDrawn = field !== null && facts !== null && [...facts.fields.map(({ name }) => name), ...facts.metrics].includes(field) // prettier-ignore
    const history = isDrawn ? await this.historyAround({ stream, field, ...range }, request.signal) : null
    return alertPage({ alert, marks, together, check, history, range })
  }

  /** Of names the one that moved most. */
  private async historyAround(query: Omit<HistoryQuery, 'stepMs'>, signal: AbortSignal): Promise<HistoryAnswer> {
    const compared = await this.facts.compare({ ...query, a: 'control', b: 'candidate' }, signal)
    return this.facts.history({ ...query, stepMs: stepFor(query), category: mostMovedIn(compared) }, signal)
  }

  watchList(request: FastifyRequest): Page {
    new Parameters(request.query, []).done()
    return watchListPage(this.facts.watchList())
  }

  /** A form sends what was left empty as well; and a mistake is told beside the form, where it can be mended. */
  async compare(request: FastifyRequest): Promise<Page> {
    const given = Object.fromEntries(Object.entries(request.query as object).filter(([, value]) => value !== ''))
    const parameters = new Parameters(given, ['what', 'stream', 'field', 'a', 'b', 'from', 'to'])
    const streams = this.facts.streamNames().map((name) => this.facts.stream(name)!)
    const what = this.compared(parameters.optionalText('what'))
    const asked = {
      stream: what?.stream ?? parameters.optionalText('stream') ?? '',
      field: what?.field ?? parameters.optionalText('field') ?? '',
      a: parameters.oneOf('a', COMPARED_COHORTS, 'control'),
      b: parameters.oneOf('b', COMPARED_COHORTS, 'candidate'),
      ...rangeAsked(parameters),
    }
    judgeSides(parameters, asked)
    const isAsked = asked.stream !== '' || asked.field !== ''
    const mistake = isAsked || Object.keys(given).length > 0 ? this.mistakeOf(parameters, asked) : null
    const answer = isAsked && mistake === null ? await this.facts.compare(asked, request.signal) : null
    const checks = this.facts.checks().filter((check) => check.stream === asked.stream && check.field === asked.field)
    return comparePage({ streams, cohorts: this.facts.comparable(), asked, mistake, answer, checks })
  }

  /** A stream and its field as one choice of the form. */
  private compared(what: string | null): { stream: string; field: string } | null {
    for (const stream of this.facts.streamNames()) {
      const { fields, metrics } = this.facts.stream(stream)!
      const field = [...fields.map(({ name }) => name), ...metrics].find((each) => `${stream} ${each}` === what)
      if (field !== undefined) return { stream, field }
    }
    return null
  }

  private mistakeOf(parameters: Parameters, { stream, field }: { stream: string; field: string }): string | null {
    try {
      parameters.done()
      const { fields, metrics } = knownStream(this.facts, stream)
      const known = [...fields.map(({ name }) => name), ...metrics]
      if (!known.includes(field)) throw unknownName('unknown-field', `field of ${stream} called`, field, known)
      return null
    } catch (error) {
      if (error instanceof Problem) return error.message
      throw error
    }
  }

  private stream(request: FastifyRequest) {
    new Parameters(request.query, []).done()
    return knownStream(this.facts, parameter(request, 'stream'))
  }

  private checksOf(stream: string) {
    return this.facts.checks().filter((check) => check.stream === stream)
  }
}

function mostMovedIn(answer: CompareAnswer): string | null {
  return answer.kind === 'compared' ? mostMoved(answer.comparison) : null
}

const SUBJECT = ['stream', 'check', 'field', 'segment', 'against'] as const

function sendPage(reply: FastifyReply, page: Page, facts: ServiceFacts, version: string): FastifyReply {
  const alertsFiring = facts.alerts().filter(({ state }) => state === 'firing').length
  const text = documentOf(page, { streamNames: facts.streamNames(), alertsFiring, version })
  return sendText(reply.header('content-security-policy', PAGE_POLICY), 'text/html', text)
}

function sendText(reply: FastifyReply, type: string, text: string): FastifyReply {
  return reply
    .type(`${type}; charset=utf-8`)
    .serializer((each: string) => each)
    .send(text)
}

function parameter(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? ''
}

function rangeAsked(parameters: Parameters): RangeAsked {
  const asked = { fromMs: parameters.instant('from'), toMs: parameters.instant('to') }
  if (asked.fromMs !== null && asked.toMs !== null && asked.fromMs >= asked.toMs)
    parameters.mistake('from', 'is not before to', [])
  return asked
}

/** The last two days, or what there is of them. */
function rangeOf({ fromMs, toMs }: StreamFacts): RangeAsked {
  if (toMs === null) return { fromMs: null, toMs: null }
  return { fromMs: Math.max(fromMs ?? 0, toMs - DAYS_SHOWN * 24 * HOUR_MS), toMs }
}

/** As fine as can be told apart, and no noisier: some fifty points. Null: the finest of all. */
function stepFor({ fromMs, toMs }: RangeAsked): number | null {
  if (fromMs === null || toMs === null) return null
  return STEPS_MS.find((step) => (toMs - fromMs) / step <= POINTS_MAX) ?? STEPS_MS.at(-1)!
}
