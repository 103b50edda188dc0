import type { Parameters } from './parameters.ts'
import { Problem } from './problem.ts'

/** One address, three forms: by `?format=`, else by `Accept`; who names none gets JSON. */
export const FORMATS = ['json', 'csv', 'markdown'] as const
export type Format = (typeof FORMATS)[number]

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json',
  csv: 'text/csv',
  markdown: 'text/markdown',
}

/** @param accept the header; a person's browser accepts anything, and gets JSON */
export function formatOf(parameters: Parameters, accept: string | undefined): Format {
  const asked = parameters.oneOf<Format | ''>('format', FORMATS, '')
  if (asked !== '') return asked
  if (accept === undefined || accept.trim() === '') return 'json'
  const ranges = accept.slice(0, ACCEPT_MAX).split(',').map(rangeOf)
  const offers = FORMATS.map((format) => ({ format, quality: qualityOf(MEDIA_TYPES[format], ranges) }))
  const best = offers.reduce((one, other) => (other.quality > one.quality ? other : one))
  if (best.quality > 0) return best.format
  const valid = Object.values(MEDIA_TYPES)
  throw new Problem('not-acceptable', `Accept allows none of ${valid.join(', ')}`, { valid, formats: FORMATS })
}

interface MediaRange {
  type: string
  quality: number
}

const ACCEPT_MAX = 2_000

function rangeOf(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const quality = parameters.find((each) => each.startsWith('q='))?.slice(2)
  return { type, quality: quality === undefined ? 1 : Number(quality) || 0 }
}

/** Of the most particular range that covers the type (RFC 9110, 12.5.1); 0 where none does. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  for (const covering of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const range = ranges.find((each) => each.type === covering)
    if (range !== undefined) return range.quality
  }
  return 0
}
