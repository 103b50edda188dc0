import { writeFileSync } from 'node:fs'
import path from 'node:path'
import avsc from 'avsc'
import { caseEvents, caseSchema, hourAfter } from './case-events.ts'
import type { CaseEvent } from './case-events.ts'
import { caseConfig } from './cases.ts'
import { produce, register, withPrefix } from './event-topic.ts'
import type { Message } from './event-topic.ts'

/** A case on a real topic: Avro by a real registry's schema, keyed by unit over three partitions, an hour of later events behind it. */
export const EVENTS_TOPIC = 'obd.impressions'
export const PARTITIONS = 3

/** A day before the fault and half a day of it: enough to see it, and soon read. */
export function caseCut(name: string): CaseEvent[] {
  const from = Date.parse('2026-03-04T00:00:00Z')
  const to = Date.parse('2026-03-05T12:00:00Z')
  const events = caseEvents(name).filter(({ ts }) => ts >= from && ts < to)
  return [...events, ...hourAfter(events)]
}

/** Registers the schema, if it is not there yet, and appends the events. */
export async function produceCase(
  bootstrap: string,
  registryUrl: string,
  name: string,
  events: readonly CaseEvent[],
): Promise<void> {
  const schema = caseSchema(name)
  const id = await register(registryUrl, `${EVENTS_TOPIC}-value`, schema)
  const type = avsc.Type.forSchema(schema, { wrapUnions: false })
  const messages = events.map((event): Message => ({ key: event.unit_id, value: withPrefix(id, type.toBuffer(event)) }))
  await produce(bootstrap, EVENTS_TOPIC, PARTITIONS, messages)
}

/** The configuration of one installation beside others on the same broker. */
export function kafkaConfig(
  folder: string,
  name: string,
  prefix: string,
  { bootstrap, registryUrl }: { bootstrap: string; registryUrl: string },
): string {
  const file = path.join(folder, `${prefix}.yaml`)
  const service = {
    kafka: { brokers: [bootstrap] },
    registry: { url: registryUrl },
    topics: { prefix },
    http: { listen: '127.0.0.1:0' },
    state: { directory: path.join(folder, prefix) },
  }
  // Fixed: without a salt of its own every prefix would deal the units into buckets in another way.
  const stream = { topic: EVENTS_TOPIC, format: 'avro', start: 'earliest', salt: 'fixed' }
  writeFileSync(file, caseConfig(name, service, stream))
  return file
}
