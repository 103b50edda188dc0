import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fakeRegistry } from '../test/real/fake-registry.ts'
import { realBroker } from '../test/real/broker.ts'
import { scrape } from '../test/support/metrics.ts'
import { Child } from '../test/torture/child.ts'
import { SCHEMA, SCHEMA_ID, STEP_MS, streamYaml, TEN_FIELDS } from './events.ts'
import { produce } from './kafka.ts'
import type { BenchOptions, Row } from './row.ts'

const EVENTS = 1_200_000
const PARTITIONS = 12
const ROUNDS = 2
/** So long may they stand still without being missed. */
const SESSION = '5m'

/**
 * One instance and two of them over a topic of 12 partitions, as processes, by the clock. They have joined and stand still (SIGSTOP)
 * while the events are written; then they go on, until the last record is read. The broker takes its part of the same cores.
 */
export async function instancesRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const broker = await realBroker({ jit: 'full', heap: 1024 })
  if (broker === null) return [{ name: 'not measured', note: 'a real broker needs Java and Maven' }]
  const registry = await fakeRegistry()
  const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-bench-'))
  const events = Math.round(EVENTS * scale)
  const best = new Map([[1, Infinity], [2, Infinity]]) // prettier-ignore
  try {
    registry.answers.set(`/schemas/ids/${SCHEMA_ID}`, { schema: JSON.stringify(SCHEMA) })
    for (let round = 0; round < ROUNDS; round++) {
      for (const count of [1, 2]) {
        const about = {
          ...{ bootstrap: broker.bootstrap, registryUrl: registry.url },
          folder,
          name: `r${round}-${count}`,
        }
        best.set(count, Math.min(best.get(count)!, await measure(about, count, events)))
      }
    }
  } finally {
    await Promise.all([registry.close(), broker.stop()])
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  const [one, two] = [best.get(1)!, best.get(2)!]
  const note = `${(one / two).toFixed(2)} times; load ${loadavg()[0]!.toFixed(1)} at its end`
  return [
    { name: 'one instance, 12 partitions, by the clock', ns: one, per: 'event' },
    { name: 'two instances', ns: two, per: 'event', ratio: two / one, goal: '≥ 1.7 times one', isMet: one / two >= 1.7, note }, // prettier-ignore
  ]
}

async function measure({ bootstrap, registryUrl, folder, name }: Setting, count: number, events: number) {
  const children: Child[] = []
  try {
    await produce(bootstrap, name, 0, 1, { partitions: PARTITIONS })
    for (let at = 0; at < count; at++) {
      const file = path.join(folder, `${name}-${at}.yaml`)
      const stream = streamYaml(TEN_FIELDS, { topic: name })
      const kafka = { brokers: [bootstrap], sessionTimeout: SESSION }
      writeFileSync(file, JSON.stringify({ topics: { prefix: name }, kafka, registry: { url: registryUrl }, http: { listen: '127.0.0.1:0' }, state: { directory: `${file}.state` }, streams: [stream] })) // prettier-ignore
      children.push(new Child(file))
      await children.at(-1)!.runs()
    }
    await sleep(SETTLED_MS) // the second has its partitions, and the first has given them up
    for (const child of children) child.kill('SIGSTOP')
    await produce(bootstrap, name, events, STEP_MS.slicesOf100000, { partitions: PARTITIONS })
    const startMs = performance.now()
    for (const child of children) child.kill('SIGCONT')
    const urls = await Promise.all(children.map((child) => child.url()))
    for (let read = 0; read < events; await sleep(LOOK_EVERY_MS)) {
      const counts = await Promise.all(urls.map(async (url) => (await scrape(url!)).sum('evenkeel_records_read_total')))
      read = counts.reduce((sum, each) => sum + each)
    }
    return (1e6 * (performance.now() - startMs)) / events
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

const SETTLED_MS = 4_000
/** Seldom: to answer costs them what observing thousands of events does. */
const LOOK_EVERY_MS = 100

interface Setting {
  bootstrap: string
  registryUrl: string
  folder: string
  name: string
}
