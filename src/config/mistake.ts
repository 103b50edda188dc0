import type { Path } from './path.ts'

/** A mistake before it has a place in a text. */
export interface Mistake {
  path: Path
  message: string
  /** The key itself is wrong, not its value. */
  atKey?: boolean
}

/** Says whether the value at a path may be shown. */
export type SecretTest = (path: Path) => boolean

/** A value as a message quotes it. Secrets are described, never shown; so are user and password inside an address. */
export function quoted(value: unknown, path: Path, isSecret: SecretTest): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (isSecret(path)) return 'this secret'
  const scalar = value as string | number | boolean
  const text = String(scalar).replace(/[^\s/@]+@/g, '***@')
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return typeof value === 'string' ? JSON.stringify(short) : short
}

/** Keys whose values are secret wherever they stand. */
export function isSecretKey(path: Path): boolean {
  const [parent, key] = path.slice(-2)
  return key === 'password' || (parent === 'ssl' && key === 'key') || (parent === 'alertmanager' && key === 'token')
}
