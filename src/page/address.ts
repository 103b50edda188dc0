import { isoTime } from './show.ts'

/** Where each page is. Everything in an address is encoded here and nowhere else. */
export const address = {
  overview: (sort?: string): string => (sort === undefined ? '/' : `/${query({ sort })}`),
  stream: (stream: string, sort?: string): string => `${streamPath(stream)}${query({ sort })}`,
  engagement: (stream: string, range?: Range): string => `${streamPath(stream)}/engagement${rangeQuery(range)}`,
  sampleRatio: (stream: string): string => `${streamPath(stream)}/sample-ratio`,
  quality: (stream: string): string => `${streamPath(stream)}/quality`,
  violations: (stream: string): string => `${streamPath(stream)}/violations`,
  /** @param category of names: the one whose share is drawn over time */
  field: (stream: string, field: string, range: Range = {}, category?: string): string =>
    `${streamPath(stream)}/fields/${encode(field)}${query({ ...rangeParts(range), category })}`,
  alerts: (of: { state?: string; stream?: string } = {}): string => `/alerts${query(of)}`,
  alert: (id: string): string => `/alerts/${encode(id)}`,
  watchList: (): string => '/watch-list',
  compare: (of: { stream?: string; field?: string; a?: string; b?: string } & Range = {}): string => {
    const { fromMs, toMs, ...rest } = of
    return `/compare${query({ ...rest, ...rangeParts({ fromMs, toMs }) })}`
  },
  json: {
    compare: (stream: string, field: string, range: Range, { a, b }: { a?: string; b?: string } = {}): string =>
      `/api/v1/compare${query({ stream, field, a, b, ...rangeParts(range) })}`,
    history: (stream: string, field: string, range: Range, category?: string): string =>
      `/api/v1/streams/${encode(stream)}/fields/${encode(field)}/history${query({ ...rangeParts(range), category })}`,
    fields: (stream: string): string => `/api/v1/streams/${encode(stream)}/fields`,
    cohorts: (stream: string): string => `/api/v1/streams/${encode(stream)}/cohorts`,
    alerts: '/api/v1/alerts?state=all',
    quarantine: (stream: string): string => `/api/v1/quarantine${query({ stream })}`,
    watchList: '/api/v1/watch-list',
    streams: '/api/v1/streams',
  },
}

export interface Range {
  fromMs?: number | null | undefined
  toMs?: number | null | undefined
}

function streamPath(stream: string): string {
  return `/streams/${encode(stream)}`
}

function rangeQuery(range: Range = {}): string {
  return query(rangeParts(range))
}

function rangeParts({ fromMs, toMs }: Range): Record<string, string | undefined> {
  return { from: timePart(fromMs), to: timePart(toMs) }
}

function timePart(ms: number | null | undefined): string | undefined {
  return ms === null || ms === undefined ? undefined : isoTime(ms)
}

function query(parts: Record<string, string | undefined>): string {
  const given = Object.entries(parts).filter((part): part is [string, string] => part[1] !== undefined)
  return given.length === 0 ? '' : `?${given.map(([key, value]) => `${key}=${encode(value)}`).join('&')}`
}

/** A lone half of a surrogate pair has no place in an address. Colons may stay: times are read by people. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%3A', ':')
}
