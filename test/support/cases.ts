import { readFileSync } from 'node:fs'
import path from 'node:path'

/** Streams of events with known truth: what a configuration must say is in stream.json, what is in it in truth.json. */
export const CASES = path.join(import.meta.dirname, '../data/cases')

interface CaseStream {
  eventId: string | null
  eventTime: { field: string; unit: string }
  unit: string | null
  cohort: { field: string; control: string; candidate: string; allocation: Record<string, number> | null }
  fields: { name: string; type: string; role: string }[]
  engagement: { name: string; field: string; equals: unknown }[]
  segments: string[]
  exclude: { field: string; equals: unknown } | null
}

export interface CaseTruth {
  /** Lines of the file. */
  events: number
  onsetMs: number | null
  expect: 'alert' | 'none' | 'either'
  anyOf: { check: string; fields: string[] }[]
  alsoOk: { check: string; fields: string[] }[]
}

export function caseTruth(name: string): CaseTruth {
  return JSON.parse(readFileSync(path.join(CASES, name, 'truth.json'), 'utf8')) as CaseTruth
}

/** The configuration of a case, as a person would write it (JSON is YAML). */
export function caseConfig(
  name: string,
  extra: Record<string, unknown> = {},
  stream: Record<string, unknown> = {},
): string {
  const text = readFileSync(path.join(CASES, name, 'stream.json'), 'utf8')
  const source = JSON.parse(text) as CaseStream
  const { allocation, ...cohort } = source.cohort
  return JSON.stringify({
    instance: 'test',
    ...extra,
    streams: [
      {
        name: 'impressions',
        topic: 'events.topic',
        format: 'json',
        eventTime: source.eventTime,
        ...(source.eventId === null ? {} : { id: source.eventId }),
        ...(source.unit === null ? {} : { unit: source.unit }),
        cohort: { field: cohort.field, control: [cohort.control], candidate: [cohort.candidate] },
        ...(allocation === null
          ? {}
          : { allocation: { control: allocation[cohort.control], candidate: allocation[cohort.candidate] } }),
        ...(source.exclude === null ? {} : { synthetic: source.exclude }),
        fields: source.fields.map(({ name: field, type, role }) => ({
          name: field,
          kind: type,
          role: source.segments.includes(field) ? 'segment' : role,
        })),
        engagement: source.engagement.map(({ name: metric, field, equals }) => ({
          name: metric,
          rate: { field, equals },
        })),
        ...stream,
      },
    ],
  })
}
