import avsc from 'avsc'
import { withPrefix } from '../support/event-topic.ts'
import { PANE_MS, START_MS } from './events.ts'
import type { ProducedEvent } from './events.ts'

export const AVRO_SCHEMA: avsc.Schema = {
  type: 'record',
  name: 'View',
  fields: [
    { name: 'ts', type: 'long' },
    { name: 'id', type: 'string' },
    { name: 'user', type: 'string' },
    { name: 'model', type: 'string' },
    { name: 'price', type: 'double' },
    { name: 'age', type: ['null', 'double'] },
    { name: 'country', type: 'string' },
    { name: 'clicked', type: 'boolean' },
    { name: 'test', type: 'boolean', default: false },
  ],
}
const FIRST_ID = 100

/** The same events in Avro. Every slice is written under an id of its own, so that the registry is asked again and again. */
export function inAvro(events: readonly ProducedEvent[]): { events: ProducedEvent[]; schemaIds: number[] } {
  const type = avsc.Type.forSchema(AVRO_SCHEMA, { wrapUnions: false })
  const ids = new Set<number>()
  const encoded = events.map((event) => {
    if (event.truth.kind === 'undecodable') return event
    const id = FIRST_ID + Math.floor((event.truth.paneMs - START_MS) / PANE_MS)
    ids.add(id)
    const body = JSON.parse(event.value.toString('utf8')) as object
    return { ...event, value: withPrefix(id, type.toBuffer({ test: false, ...body })) }
  })
  return { events: encoded, schemaIds: [...ids] }
}
