import type { Undecoded } from './decoder.ts'

export function undecodable(detail: string): Undecoded {
  return { kind: 'violation', reason: 'undecodable', detail }
}

export function unknownSchema(detail: string): Undecoded {
  return { kind: 'violation', reason: 'unknown-schema', detail }
}

export function oversized(size: number, sizeMax: number): Undecoded {
  return { kind: 'violation', reason: 'oversized', detail: `record has ${size} bytes, ${sizeMax} are allowed` }
}
