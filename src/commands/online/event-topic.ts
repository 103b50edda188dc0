import type { StreamConfig } from '../../config/shape.ts'
import { MonitorError } from '../../errors.ts'
import type { Log } from '../../log/log.ts'
import { failed, missing, ok, unsure } from './finding.ts'
import type { Finding } from './finding.ts'
import { tryReading } from './try-reading.ts'

/** Whether the events of a stream can be read and their offsets committed. */
export async function checkEventTopic(log: Log, { name, topic }: StreamConfig, prefix: string): Promise<Finding> {
  const thing = `topic ${topic}`
  const group = `${prefix}.check.${name}`
  try {
    const bounds = await log.bounds(topic)
    if (bounds === null)
      return missing(thing, `there is no such topic; create it, or correct the topic of stream ${name}`)
    const records = bounds.reduce((total, { low, high }) => total + high - low, 0)
    const facts = `${count(bounds.length, 'partition')}, about ${count(records, 'record')}`
    const { hasRead, isEmpty } = await tryReading(log, topic, group)
    if (hasRead) return ok(thing, `${facts}; read, and committed as group ${group}`)
    if (isEmpty)
      return ok(thing, `${count(bounds.length, 'partition')}, nothing to read yet; committed as group ${group}`)
    return unsure(thing, `${facts}; nothing was refused, but no record came: are all its partitions led by a broker?`)
  } catch (error) {
    return failed(thing, error, adviceFor(error, topic, prefix))
  }
}

function adviceFor(error: unknown, topic: string, prefix: string): string {
  const isRefused = error instanceof MonitorError && error.code === 'EVENKEEL_LOG_FAILED'
  return isRefused
    ? `we need Read and Describe on topic ${topic}, and Read on groups ${prefix}.*: see "evenkeel topics --print"`
    : 'is its leader up?'
}

export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
