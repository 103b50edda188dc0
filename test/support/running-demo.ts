import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../src/config/load.ts'
import { demoConfigText } from '../../src/demo/config.ts'
import { demoSlice } from '../../src/demo/events.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { startService } from '../../src/service.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { evenkeel } from './program.ts'
import { ndjson } from './traffic.ts'

export interface RunningDemo {
  url: string
  /** The alert events on the topic, in order. */
  alerts: unknown[]
  stop(): Promise<void>
}

/**
 * The demo up to a certain slice, and then standing still: what it answers is the same every time.
 * @param baseline a file of `demoBaseline`: other days to compare with
 */
export async function startDemo(slices: number, baseline: string | null = null): Promise<RunningDemo> {
  const config = { ...readConfig(demoConfigText(undefined, '0'), 'demo', {}, { needsLog: true }), baseline }
  const log = new MemoryLog()
  const { topic, name } = config.streams[0]!
  await log.createTopics([{ topic, partitions: 3, replicationFactor: 1, config: {} }])
  const logger = createLogger({ instance: config.instance, level: 'error' })
  const service = await startService(config, { log, memoryView: true, logger })
  const alerts: unknown[] = []
  const tail = await log.tail(`${config.topics.prefix}.alerts`, new Map(), async (records) => {
    for (const { value } of records) alerts.push(JSON.parse(value!.toString('utf8')))
  })
  for (let number = 0; number < slices; number++) {
    await log.append(topic, demoSlice(number).map((event) => ({ key: event.visitor, value: JSON.stringify(event) }))) // prettier-ignore
  }
  const { assembler, judge } = service.groups[0]!
  // The last slice stays open: no later event closes it.
  const isThrough = () => assembler.nextNumber === slices && alerts.length >= judge.alerts().length
  for (const endMs = performance.now() + 180_000; !isThrough(); await sleep(20)) {
    if (performance.now() > endMs) throw new Error(`${name} came to slice ${assembler.nextNumber - 1} of ${slices - 1}`)
  }
  await untilSeen(service.url)
  return {
    url: service.url,
    alerts,
    stop: async () => {
      await tail.stop()
      await service.stop()
      await log.close()
    },
  }
}

/** The control's same hours of the day before, by the command that makes baselines; somebody has looked at it. */
export async function demoBaseline(folder: string, slices: number): Promise<string> {
  const [config, events, baseline] = ['demo.yaml', 'before.ndjson', 'baseline.json'].map((name) => path.join(folder, name)) as [string, string, string] // prettier-ignore
  writeFileSync(config, demoConfigText(undefined, '0'))
  const before = Array.from({ length: slices }, (_, number) => demoSlice(number)).flat()
  writeFileSync(events, ndjson(before.map((event) => ({ ...event, ts: event.ts - DAY_MS }))))
  for (const args of [['create', '--config', config, '--input', events, '--cohort', 'control', '--out', baseline], ['verify', baseline, '--by', 'test']]) {
    const { code, stderr } = await evenkeel(['baseline', ...args])
    if (code !== 0) throw new Error(stderr)
  } // prettier-ignore
  return baseline
}

const DAY_MS = 86_400_000

/** The view has a reader of its own and may be a little behind. */
async function untilSeen(url: string): Promise<void> {
  const path = '/api/v1/compare?stream=impressions&field=click_rate'
  for (const endMs = performance.now() + 180_000; ; await sleep(20)) {
    const streams = (await (await fetch(`${url}/api/v1/streams`)).json()) as { streams: { toMs: number }[] }
    const compared = (await (await fetch(`${url}${path}`)).json()) as { toMs?: number }
    if (compared.toMs === streams.streams[0]!.toMs) return
    if (performance.now() > endMs) throw new Error('the view did not follow')
  }
}
