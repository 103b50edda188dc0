import { LedgerChain } from '../ledger/chain.ts'
import type { LedgerBody } from '../ledger/record.ts'
import type { Log } from '../log/log.ts'
import type { Comparison } from './comparison.ts'
import { readTopic } from './topic.ts'
import type { TopicExtent } from './topic.ts'

/**
 * The ledger's valid records, its chain checked on the way: each record names the digest of the one before. Two writers that
 * append at once make a refused record, which names one that stands a little further up; one that names a record which is
 * nowhere was tampered with, or what stood before it was.
 */
export async function readLedger(log: Log, extent: TopicExtent, comparison: Comparison): Promise<LedgerBody[]> {
  const chain = new LedgerChain()
  const known = new Set<string>([chain.head])
  const bodies: LedgerBody[] = []
  await readTopic(log, extent, ({ value, offset }) => {
    const { body, digest, refused } = chain.add(value)
    const told = { level: 'ledger', of: extent.topic, id: `offset ${offset}`, recomputed: digest } as const
    if (refused === null) {
      bodies.push(body)
      comparison.add({ ...told, onRecord: digest, outcome: 'equal', reason: null })
    } else if (refused === 'not-a-record' || refused === 'wrong-digest') {
      const onRecord = memberOf(value, 'digest')
      comparison.add({ ...told, onRecord, outcome: 'differs', reason: `no record of a ledger: ${refused}` })
    } else if (refused === 'wrong-previous' && !known.has(memberOf(value, 'previous') ?? '')) {
      comparison.add({ ...told, onRecord: digest, outcome: 'differs', reason: 'the record that it names as the one before it is not there' }) // prettier-ignore
    } else {
      comparison.add({
        ...told,
        onRecord: digest,
        outcome: 'exempt',
        reason: `refused when it was written: ${refused}`,
      })
    }
    known.add(digest)
  })
  return bodies
}

function memberOf(value: Buffer | null, name: 'digest' | 'previous'): string | null {
  try {
    const record = JSON.parse(value?.toString('utf8') ?? '') as Record<string, unknown> | null
    const member = record?.[name]
    return typeof member === 'string' ? member : null
  } catch {
    return null // Broken bytes: the entry says so.
  }
}
