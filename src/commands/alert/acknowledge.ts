import { loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/shape.ts'
import { EXIT, MonitorError } from '../../errors.ts'
import { openLog } from '../../log/open.ts'
import { ownTopics } from '../../service/own-topics.ts'
import { readSaid, unknown } from '../alert.ts'
import { appendToLedger } from '../baseline/append-to-ledger.ts'
import type { Io } from '../main.ts'
import { configPathOf } from '../options.ts'

/** Somebody sees to an alert. */
export async function acknowledge(args: string[], io: Io): Promise<number> {
  const { about, by, reason, values } = readSaid(args, 'alert by its id')
  if (values.for !== undefined || values.until !== undefined)
    throw new MonitorError('EVENKEEL_USAGE', 'what is acknowledged is so for good: --for and --until go with mute')
  const config = loadConfig(configPathOf(values.config, io.env), io.env)
  const fired = await readFired(config)
  const stream = fired.get(about)
  if (stream === undefined) throw unknown('alert that ever fired with the id', about, [...fired.keys()])
  await appendToLedger(config, { type: 'alert-acknowledged', stream, alert: about, by, reason, atMs: Date.now() })
  io.stdout.write(`acknowledged ${about} of ${stream}\n`)
  return EXIT.ok
}

/** The stream of every alert on the alerts topic, by the id of the event with which it fired. */
async function readFired(config: Config): Promise<Map<string, string>> {
  const topic = ownTopics(config).alerts
  const log = await openLog(config, { retries: 0 })
  try {
    if ((await log.bounds(topic)) === null)
      throw new MonitorError('EVENKEEL_TOPIC_MISSING', `there is no topic ${topic}: create with "evenkeel topics --create"`) // prettier-ignore
    const fired = new Map<string, string>()
    const tail = await log.tail(topic, new Map(), async (records) => {
      for (const { value } of records) {
        const alert = value === null ? null : alertOf(value)
        if (alert !== null) fired.set(alert.id, alert.stream)
      }
    })
    await Promise.race([tail.caughtUp, log.failed])
    await tail.stop()
    return fired
  } finally {
    await log.close()
  }
}

/** Of any event of an alert: the first may be older than what the topic keeps. */
function alertOf(value: Buffer): { id: string; stream: string } | null {
  try {
    const { data } = JSON.parse(value.toString('utf8')) as { data?: { id?: unknown; stream?: unknown } }
    return typeof data?.id === 'string' && typeof data.stream === 'string' ? { id: data.id, stream: data.stream } : null
  } catch {
    return null // Nothing of ours, and so no alert.
  }
}
