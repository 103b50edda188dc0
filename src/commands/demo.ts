import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../config/load.ts'
import type { Config } from '../config/shape.ts'
import { DEMO_SLICES, FAULTS, demoSlice } from '../demo/events.ts'
import { demoConfigText } from '../demo/config.ts'
import { DemoScreen } from '../demo/screen.ts'
import { EXIT, MonitorError } from '../errors.ts'
import type { Log } from '../log/log.ts'
import { MemoryLog } from '../log/memory.ts'
import { openLog } from '../log/open.ts'
import { startService } from '../service.ts'
import type { Service } from '../service.ts'
import { createLogger } from '../telemetry/logger.ts'
import type { Io } from './main.ts'
import { readOptions } from './options.ts'

/** `evenkeel demo`: the real service over real rows, event time speeded up, one fault and then another. */
export async function demo(args: string[], io: Io): Promise<number> {
  const values = readOptions(args, {
    once: { type: 'boolean', default: false },
    kafka: { type: 'string' },
    port: { type: 'string', default: '8080' },
    speed: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (values.help) {
    io.stdout.write(HELP)
    return EXIT.ok
  }
  const slicesPerSecond = Number(values.speed ?? (values.once ? 50 : 2))
  if (!(slicesPerSecond > 0)) throw new MonitorError('EVENKEEL_USAGE', '--speed is slices per second: a number above 0')

  const config = readConfig(demoConfigText(values.kafka, values.port), 'demo', {}, { needsLog: true })
  const log = values.kafka === undefined ? new MemoryLog() : await openLog(config, { retries: 3 })
  await log.createTopics([{ topic: config.streams[0]!.topic, partitions: 3, replicationFactor: 1, config: {} }])
  const service = await start(config, log)
  const screen = new DemoScreen(io, service.url)
  const asked = new AbortController()
  const onSignal = (): void => asked.abort()
  for (const signal of SIGNALS) process.once(signal, onSignal)
  try {
    screen.begin(config, slicesPerSecond)
    const alerts = await log.tail(`${config.topics.prefix}.alerts`, new Map(), async (records) => {
      for (const record of records) {
        if (asked.signal.aborted) return // `--once` ends after the first alert, however many came with it
        screen.alert(record)
        if (values.once && screen.firingCount > 0) asked.abort()
      }
    })
    await Promise.race([play(service, log, config, screen, slicesPerSecond, asked.signal), service.failed])
    await alerts.stop()
    return screen.firingCount > 0 ? EXIT.ok : 1
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal)
    await service.stop()
    await log.close()
  }
}

/** The first free port from the wanted one on would surprise; a taken one gives any free one, and the screen says which. */
async function start(config: Config, log: Log): Promise<Service> {
  const options = { log, memoryView: true, logger: createLogger({ instance: config.instance, level: 'error' }) }
  try {
    return await startService(config, options)
  } catch (error) {
    if (!(error instanceof MonitorError && error.code === 'EVENKEEL_HTTP_LISTEN')) throw error
    return startService({ ...config, http: { ...config.http, port: 0 } }, options)
  }
}

/** Plays the day, five minutes of event time at a step; afterwards the pages stay up until somebody has seen enough. */
async function play(
  service: Service,
  log: Log,
  config: Config,
  screen: DemoScreen,
  slicesPerSecond: number,
  signal: AbortSignal,
): Promise<void> {
  const { topic } = config.streams[0]!
  for (let number = 0; number < DEMO_SLICES && !signal.aborted; number++) {
    // Event time may be fast, but not faster than the monitor: what the screen tells is of now.
    while (service.groups[0]!.folded < number - SLICES_AHEAD && !signal.aborted) await pause(10, signal)
    const events = demoSlice(number)
    for (const fault of FAULTS) if (fault.fromSlice === number) screen.fault(fault)
    await log.append(topic, events.map((event) => ({ key: event.visitor, value: JSON.stringify(event) }))) // prettier-ignore
    if (number % 12 === 11) await screen.hour(number + 1)
    await pause(1000 / slicesPerSecond, signal)
  }
  if (signal.aborted) return
  screen.end()
  await pause(2 ** 31 - 1, signal)
}

/** Asked to stop, it returns: the loop sees why. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

/** Slices that lie between what was fed and what can be closed: the watermark of three partitions is behind. */
const SLICES_AHEAD = 4
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

const HELP = `evenkeel demo [--once] [--kafka HOST:PORT]

Real impressions of the Open Bandit Dataset, two model versions, event time speeded up. After three hours of event time the
candidate loses a field, two hours later clicks. Watch what the monitor says, and ask it over HTTP.

  --once               end after the first alert, exit 0
  --kafka HOST:PORT    over a real broker; topics begin with evenkeel-demo
  --port N             where HTTP answers (default 8080; a free one if that is taken)
  --speed N            five-minute slices per second (default 2)
`
