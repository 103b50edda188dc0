import { canonicalJson } from './canonical-json.ts'
import { digestOf, sha256 } from './digest.ts'
import type { Digest } from './digest.ts'
import { Places } from './places.ts'
import type { LedgerBody } from './record.ts'
import { readBody } from './read-body.ts'

/** `previous` of the first record. */
export const CHAIN_START: Digest = `sha256:${'0'.repeat(64)}`

/** The text of a ledger record: RFC 8785 canonical JSON, with the digest of the record before it and its own. */
export function sealRecord(body: LedgerBody, previous: Digest): string {
  const record = { ledger: LEDGER, body, previous }
  return canonicalJson({ ...record, digest: digestOf(record) })
}

/**
 * Reads the ledger in the order of its log. Nothing is dropped: a record that is broken, or not valid at its place, is kept and
 * marked refused, and the chain goes on over it, so that nobody can edit, insert or remove even a refused one unseen.
 *
 * Two writers may append at once: both name the same record before them, the first is valid, the second refused; its writer
 * reads that and seals it anew on the new `head`.
 *
 * A record that was damaged after it was written loses itself and nothing else: who came after it named what it was then, and
 * nobody can say whether rightly where not even its digest is left. That something stood there stays to be seen.
 */
export class LedgerChain {
  /** Digest of the last record, valid or refused: the `previous` of the next. */
  head: Digest = CHAIN_START
  /** A record cannot be read, or is not what it says. */
  isDamaged = false
  /** The record before is one of those: what it says its digest was, or that nobody knows. Else null. */
  private damaged: { digest: Digest | null } | null = null
  private readonly places = new Places()

  add(value: Uint8Array | string | null): LedgerEntry {
    const text = typeof value === 'string' ? value : Buffer.from(value ?? []).toString('utf8')
    const record = parse(text)
    const refused = this.refusal(record, text)
    const body = record === null ? null : readBody(record.body)
    // A record that cannot vouch for itself is held by the digest of its bytes as they are.
    this.damaged = record !== null && isWhole(record, text) ? null : { digest: record?.digest ?? null }
    this.head = this.damaged === null ? record!.digest : sha256(value ?? '')
    if (this.damaged !== null) this.isDamaged = true
    if (refused !== null) return { body, digest: this.head, refused }
    if (body === null) return { body, digest: this.head, refused: 'unknown-body' }
    if (!this.places.take(body)) return { body, digest: this.head, refused: 'not-valid-here' }
    return { body, digest: this.head, refused: null }
  }

  private refusal(record: SealedRecord | null, text: string): Refusal | null {
    if (record === null) return 'not-a-record'
    if (!isWhole(record, text)) return 'wrong-digest'
    return record.previous === this.head || this.namesWhatWas(record) ? null : 'wrong-previous'
  }

  private namesWhatWas({ previous }: SealedRecord): boolean {
    return this.damaged !== null && (this.damaged.digest === null || this.damaged.digest === previous)
  }
}

export type Refusal = 'not-a-record' | 'wrong-digest' | 'wrong-previous' | 'unknown-body' | 'not-valid-here'

export type LedgerEntry =
  | { body: LedgerBody; digest: Digest; refused: null }
  /** `body` where one could be read, for people to look at. */
  | { body: LedgerBody | null; digest: Digest; refused: Refusal }

interface SealedRecord {
  ledger: typeof LEDGER
  body: unknown
  previous: Digest
  digest: Digest
}

const LEDGER = 'evenkeel.ledger/v1'
const MEMBERS = 'body digest ledger previous'

function parse(text: string): SealedRecord | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null // Broken bytes are the answer here: the entry says `not-a-record`.
  }
  if (typeof value !== 'object' || value === null || Object.keys(value).sort().join(' ') !== MEMBERS) return null
  const { ledger, previous, digest } = value as Record<string, unknown>
  return ledger === LEDGER && isDigest(previous) && isDigest(digest) ? (value as SealedRecord) : null
}

/** Its digest is right, and its text the canonical one: two texts of one record would be two records. */
function isWhole({ ledger, body, previous, digest }: SealedRecord, text: string): boolean {
  try {
    return digestOf({ ledger, body, previous }) === digest && canonicalJson({ ledger, body, previous, digest }) === text
  } catch {
    return false // Half of a surrogate pair has no canonical form: nobody sealed this.
  }
}

function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value)
}
