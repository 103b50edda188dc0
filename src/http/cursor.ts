import { createHash } from 'node:crypto'
import type { Parameters } from './parameters.ts'

/** Which part of a list is asked for. */
export interface PageAsked {
  limit: number
  after: Cursor | null
}

/** Behind the item whose id has this hash (an id may be longer than an address); where it is gone, at this place. */
interface Cursor {
  hash: string
  at: number
}

export const LIMIT_MAX = 1_000

export function pageAsked(parameters: Parameters): PageAsked {
  return { limit: parameters.count('limit', LIMIT_MAX, LIMIT_MAX), after: cursorAsked(parameters) }
}

/** The page, and the cursor of the next; null behind the last. New items at the end come with the next pages. */
export function pageOf<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  { limit, after }: PageAsked,
): { page: readonly Item[]; next: string | null } {
  const start = after === null ? 0 : startAfter(items, idOf, after)
  const page = items.slice(start, start + limit)
  const end = start + page.length
  return { page, next: end < items.length && page.length > 0 ? cursorText(end, idOf(page.at(-1)!)) : null }
}

export function cursorText(at: number, id: string): string {
  return `${at}-${hashOf(id)}`
}

function startAfter<Item>(items: readonly Item[], idOf: (item: Item) => string, { hash, at }: Cursor): number {
  const isIt = (item: Item): boolean => hashOf(idOf(item)) === hash
  if (at > 0 && at <= items.length && isIt(items[at - 1]!)) return at
  const found = items.findIndex(isIt)
  return found >= 0 ? found + 1 : Math.min(at, items.length)
}

function cursorAsked(parameters: Parameters): Cursor | null {
  const text = parameters.optionalText('cursor')
  if (text === null) return null
  const cursor = readCursor(text)
  if (cursor === null) parameters.mistake('cursor', 'is none that this resource has given', [])
  return cursor
}

function readCursor(text: string): Cursor | null {
  const [, at, hash] = /^(\d{1,9})-([0-9a-f]{16})$/.exec(text) ?? []
  return at === undefined ? null : { at: Number(at), hash: hash! }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 16)
}
