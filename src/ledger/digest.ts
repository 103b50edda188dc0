import { hash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

export type Digest = `sha256:${string}`

/** Of the value's RFC 8785 form: the same on any machine, whatever the order of its keys. */
export function digestOf(value: unknown): Digest {
  return sha256(canonicalJson(value))
}

/** Of bytes as they are; of a text, its UTF-8. */
export function sha256(bytes: Uint8Array | string): Digest {
  return `sha256:${hash('sha256', bytes)}`
}
