import type { Parameters } from './parameters.ts'

/** Which part of a list is asked for. */
export interface PageAsked {
  limit: number
  after: Cursor | null
}

/** Behind the item of this id; where it is gone, at this place. */
interface Cursor {
  id: string
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
  return { page, next: end < items.length && page.length > 0 ? cursorText({ id: idOf(page.at(-1)!), at: end }) : null }
}

export function cursorText({ id, at }: Cursor): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url')
}

function startAfter<Item>(items: readonly Item[], idOf: (item: Item) => string, { id, at }: Cursor): number {
  if (at > 0 && at <= items.length && idOf(items[at - 1]!) === id) return at
  const found = items.findIndex((item) => idOf(item) === id)
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
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (!Array.isArray(value) || value.length !== 2) return null
    const [at, id] = value as [unknown, unknown]
    return Number.isSafeInteger(at) && (at as number) >= 0 && typeof id === 'string' ? { at: at as number, id } : null
  } catch {
    return null // Whatever it is, we did not write it.
  }
}
