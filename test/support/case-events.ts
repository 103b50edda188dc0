import { createWriteStream, readFileSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import avsc from 'avsc'
import { CASES } from './cases.ts'

export interface CaseEvent {
  event_id: string
  ts: number
  unit_id: string
  [field: string]: unknown
}

export function caseFile(name: string): string {
  return path.join(CASES, name, 'events.ndjson.gz')
}

export function caseSchema(name: string): avsc.Schema {
  return JSON.parse(readFileSync(path.join(CASES, name, 'events.avsc'), 'utf8')) as avsc.Schema
}

export function caseEvents(name: string): CaseEvent[] {
  const text = gunzipSync(readFileSync(caseFile(name))).toString('utf8')
  return text.trimEnd().split('\n').map((line) => JSON.parse(line) as CaseEvent) // prettier-ignore
}

/** What comes in the hour after the last event: the hour before it once more, with new ids. */
export function hourAfter(events: readonly CaseEvent[]): CaseEvent[] {
  const lastMs = Math.max(...events.map(({ ts }) => ts))
  return events
    .filter(({ ts }) => ts > lastMs - HOUR_MS)
    .map((event) => ({ ...event, ts: event.ts + HOUR_MS, event_id: `later-${event.event_id}` }))
}

const HOUR_MS = 3_600_000

/** A file as any producer's archive has it. */
export async function writeContainer(file: string, schema: avsc.Schema, events: readonly object[]): Promise<void> {
  const encoder = new avsc.streams.BlockEncoder(schema, { codec: 'deflate' })
  await pipeline(Readable.from(events), encoder, createWriteStream(file))
}
