import type { LogRecord } from '../../../src/log/log.ts'

/** What becomes of one record between its writer and its readers, where no checksum of the broker's notices. */
export interface Damage {
  how: (typeof HOW)[number] | 'rename'
  /** The next that is written, or one that stands in the log: a part of all of them, in [0, 1). */
  place: 'next' | number
  /** Where in the record: a part of its length, in [0, 1). */
  at: number
  fits: (record: LogRecord) => boolean
  /** `rename`: a header, and what it says then. */
  header?: readonly [name: string, value: string]
}

export const HOW = ['flip', 'flip in a header', 'tear', 'blank'] as const

export function spoil(record: LogRecord, { how, at, header }: Damage): LogRecord {
  if (how === 'rename') return { ...record, headers: { ...record.headers, [header![0]]: Buffer.from(header![1]) } }
  const value = Buffer.from(record.value ?? [])
  if (how === 'flip in a header') return { ...record, headers: flipHeader(record.headers, at) }
  if (how === 'flip') flip(value, at)
  if (how === 'blank') value.fill(0, Math.floor(at * value.length))
  return { ...record, value: how === 'tear' ? value.subarray(0, Math.floor(at * value.length)) : value }
}

function flipHeader(headers: LogRecord['headers'], at: number): LogRecord['headers'] {
  const names = Object.keys(headers).filter((name) => FLIPPED.includes(name))
  if (names.length === 0) return headers
  const name = names[Math.floor(at * names.length)]!
  const bytes = Buffer.from(headers[name] as Buffer)
  flip(bytes, (at * names.length) % 1)
  return { ...headers, [name]: bytes }
}

/** Those that say what it is are left alone: see docs/reliability.md, not proven. */
const FLIPPED = ['chunk', 'encoding']

function flip(bytes: Buffer, at: number): void {
  const bit = Math.floor(at * bytes.length * 8)
  bytes[bit >> 3]! ^= 1 << (bit & 7)
}
