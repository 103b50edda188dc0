import { fork } from 'node:child_process'
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHttpServer } from '../src/http/server.ts'
import type { ServiceFacts } from '../src/http/facts.ts'
import { openSlice } from '../src/slice/codec.ts'
import { bookedStreams } from '../src/service/booked-streams.ts'
import { SERIES_MAX } from '../src/telemetry/series-limit.ts'
import { Telemetry } from '../src/telemetry/metrics.ts'
import { compareCohorts } from '../src/view/compare.ts'
import { HourBook } from '../src/view/hour-book.ts'
import { HourStore } from '../src/view/hour-store.ts'
import { SliceView } from '../src/view/slice-view.ts'
import { benchConfig } from './config.ts'
import { nsSince } from './cpu-time.ts'
import { JudgeSlices } from './judge-slices.ts'
import type { BenchOptions, Row } from './row.ts'

const SLICES_IN_7_DAYS = 2016
const FIELDS = 50
const EVENTS = 1000
const HOUR_MS = 3_600_000
const SCRAPES = 20
const SLOW_CLIENTS = 300
const CALM_PROBES = 60

/** What the API costs whoever asks, and what it costs the service to be asked: `operations.md` speaks of both. */
export async function httpRows({ scale }: BenchOptions): Promise<Row[]> {
  return [...(await compareRows(scale)), ...(await metricsRows()), ...(await slowRows(scale))]
}

/**
 * Two cohorts over seven days that begin and end within an hour, as somebody asks who looks at an alert: whole hours come from the
 * sums that are kept beside the slices, the ends from slices.
 */
async function compareRows(scale: number): Promise<Row[]> {
  const config = benchConfig([])
  const kinds = ['numeric', 'categorical', 'boolean'] as const
  const fields = Array.from({ length: FIELDS }, (_, at) => ({ name: `field_${at}`, kind: kinds[at % 3]!, role: 'feature' as const, range: null, values: null, required: false })) // prettier-ignore
  const wide = { ...config, streams: [{ ...config.streams[0]!, fields }] }
  const slices = new JudgeSlices(wide, EVENTS)
  const view = await SliceView.open({ directory: null, source: 'bench', horizonMs: 14 * 24 * HOUR_MS })
  const hours = new HourStore({ directory: null, source: 'bench', horizonMs: 14 * 24 * HOUR_MS })
  const paneConfigDigest = openSlice(new JudgeSlices(wide, EVENTS).nextBytes().bytes).slice.paneConfigDigest
  const [booked] = bookedStreams(wide).map((each) => ({ ...each, paneConfigDigest }))
  const book = new HourBook(hours, [booked!])
  let [fromMs, toMs, bytesOfAll] = [Infinity, 0, 0]
  const count = Math.ceil((SLICES_IN_7_DAYS + 12) * scale)
  for (let at = 0; at < count; at++) {
    const { bytes } = slices.nextBytes()
    const { slice } = openSlice(bytes)
    const { stream, startMs, lengthMs } = slice
    view.apply(0, at + 1, [{ stream, startMs, endMs: startMs + lengthMs, bytes }])
    book.add(slice)
    fromMs = Math.min(fromMs, startMs)
    toMs = startMs + lengthMs
    bytesOfAll += bytes.length
  }
  const scope = { ...booked!, view, hours, paneLengthMs: wide.panes.lengthMs }
  const range = { fromMs: fromMs + HOUR_MS / 2, toMs: toMs - HOUR_MS / 3 }
  const ask = async (field: string, asked: typeof scope | (Omit<typeof scope, 'hours'> & { hours: null })) => {
    const before = process.cpuUsage()
    const query = { stream: booked!.stream.name, field, a: 'control' as const, b: 'candidate' as const, ...range }
    const answer = await compareCohorts(asked, query, new AbortController().signal)
    if (answer.kind !== 'compared') throw new Error('nothing to compare')
    return nsSince(before)
  }
  const durations: Record<string, number[]> = { numeric: [], categorical: [], boolean: [] }
  for (const { name, kind } of fields) durations[kind]!.push(await ask(name, scope))
  const all = Object.values(durations).flat()
  const bare = await ask('field_0', { ...scope, hours: null })
  const rows = kinds.map((kind): Row => {
    const ns = medianOf(durations[kind]!)
    const worst = Math.max(...durations[kind]!) / 1e6
    return { name: `compare 7 days of one ${kind} field of ${FIELDS}`, ns, per: 'question', goal: '≤ 100 ms', isMet: ns <= 100e6, note: `worst of ${durations[kind]!.length}: ${worst.toFixed(0)} ms` } // prettier-ignore
  })
  const note = `${count} slices of ${Math.round(bytesOfAll / count / 1000)} kB`
  return [
    ...rows,
    { name: `the same of all ${FIELDS} fields, one after the other`, ns: all.reduce((sum, ns) => sum + ns, 0), per: `${FIELDS} questions`, note }, // prettier-ignore
    { name: 'the same of one field from slices alone: its first question after the sums were lost', ns: bare, per: 'question' }, // prettier-ignore
  ]
}

/** Consumption waits while the text is made, so what counts is the longest time that nothing else gets its turn. */
async function metricsRows(): Promise<Row[]> {
  const telemetry = new Telemetry({ version: 'bench', namedFieldsMax: SERIES_MAX })
  telemetry.judged({ checks: [], alerts: [], watchList: [], drift: Array.from({ length: SERIES_MAX }, (_, at) => driftOf(at)) }) // prettier-ignore
  const durations: number[] = []
  const blocked = monitorEventLoopDelay({ resolution: 1 })
  let text = ''
  for (let at = 0; at < SCRAPES; at++) {
    await sleep(20)
    if (at === 1) blocked.enable()
    const before = process.cpuUsage()
    text = (await telemetry.expose('application/openmetrics-text; version=1.0.0')).body
    durations.push(nsSince(before))
  }
  await sleep(20)
  blocked.disable()
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
  const ns = medianOf(durations)
  return [
    { name: `/metrics with ${series} series`, ns, per: 'scrape', goal: '≤ 50 ms', isMet: ns <= 50e6, note: `${Math.round(Buffer.byteLength(text) / 1000)} kB; the event loop stood still for at most ${(blocked.max / 1e6).toFixed(0)} ms (by the clock)` }, // prettier-ignore
  ]
}

function driftOf(at: number) {
  return { stream: `stream_${at % 20}`, field: `a_field_of_usual_length_${at}`, against: 'control' as const, psi: 0.1 + at / 1e5, ks: 0.01, js: 0.02, wassersteinRatio: null } // prettier-ignore
}

/** Times by the clock: it is about waiting. The clients have a process of their own. */
async function slowRows(scale: number): Promise<Row[]> {
  const server = await createHttpServer({} as ServiceFacts, { host: '127.0.0.1', port: 0, version: 'bench' })
  const count = Math.ceil(SLOW_CLIENTS * scale)
  const calmMs: number[] = []
  for (let at = 0; at < CALM_PROBES; at++) calmMs.push(await probe(server.url))
  const clients = fork(new URL('slow-clients.ts', import.meta.url), [new URL(server.url).port, String(count)])
  let closedAfterMs: number | null = null
  clients.on('message', (message) => (closedAfterMs = (message as { closedAfterMs: number }).closedAfterMs))
  const gone = once(clients, 'exit')
  const waitsMs: number[] = []
  while (closedAfterMs === null && clients.exitCode === null) waitsMs.push(await probe(server.url))
  await gone
  await server.close()
  if (closedAfterMs === null) throw new Error('the slow clients went away by themselves')
  const [calm, meanwhile] = [percentilesOf(calmMs), percentilesOf(waitsMs)]
  const note = `99 of 100 within ${meanwhile.p99.toFixed(1)} ms, half within ${meanwhile.p50.toFixed(1)} ms, of ${waitsMs.length}; before they came ${calm.p99.toFixed(1)} and ${calm.p50.toFixed(1)} ms` // prettier-ignore
  return [
    { name: `${count} clients that send a header every half second are closed`, goal: '≤ 10 s', isMet: closedAfterMs <= 10_000, note: `the last after ${(closedAfterMs / 1000).toFixed(1)} s` }, // prettier-ignore
    { name: '/livez meanwhile', goal: '≤ 100 ms', isMet: meanwhile.p99 <= 100, note },
  ]
}

/** How long an answer took, on a connection of its own. */
async function probe(url: string): Promise<number> {
  await sleep(50)
  const startMs = performance.now()
  const answer = await fetch(`${url}/livez`, { headers: { connection: 'close' } })
  if (!answer.ok) throw new Error(await answer.text())
  await answer.arrayBuffer()
  return performance.now() - startMs
}

function percentilesOf(values: readonly number[]): { p50: number; p99: number } {
  const sorted = values.toSorted((one, other) => one - other)
  return { p50: sorted[sorted.length >> 1]!, p99: sorted[Math.floor(sorted.length * 0.99)]! }
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!
}
