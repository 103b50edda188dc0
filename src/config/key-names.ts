import { nearest } from './nearest.ts'
import { configSchema, resolveNode } from './schema.ts'
import type { SchemaNode } from './schema.ts'

/** Says about an unknown key what was probably meant: the nearest key here, or the place where a key of this name belongs. */
export function adviseOnKey(key: string, knownHere: readonly string[]): { message: string; meant: string | null } {
  // Both are judged by several effects, so neither can name one.
  if (knownHere.includes('newCell') && (key === 'numeric' || key === 'categorical')) {
    return { message: `unknown key; a ${key} field has the effects ${EFFECTS_OF[key]}`, meant: null }
  }
  const near = nearest(key, knownHere)
  if (near?.isClose) return { message: `unknown key; did you mean "${near.word}"?`, meant: near.word }
  const elsewhere = keyPlaces.get(key.toLowerCase())
  if (elsewhere !== undefined) return { message: `unknown key here; it belongs at ${elsewhere}`, meant: null }
  const message = near === undefined ? 'unknown key' : `unknown key; the nearest known one is "${near.word}"`
  return { message, meant: null }
}

const EFFECTS_OF = {
  numeric: '"location", "spread", "cell", "newCell" and "omnibus"',
  categorical: '"cell", "newCell" and "omnibus"',
} as const

/** Every key of the schema by its lower-case name, with the first place it stands at: `streams[].eventTime.unit`. */
const keyPlaces = collectPlaces(configSchema, '', new Map())

function collectPlaces(node: SchemaNode, at: string, places: Map<string, string>): Map<string, string> {
  const { properties, items } = resolveNode(node)
  for (const [key, child] of Object.entries(properties ?? {})) {
    const place = at === '' ? key : `${at}.${key}`
    if (!places.has(key.toLowerCase())) places.set(key.toLowerCase(), place)
    collectPlaces(child, place, places)
  }
  if (items !== undefined) collectPlaces(items, `${at}[]`, places)
  return places
}
