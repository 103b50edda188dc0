import type { Config } from '../../config/shape.ts'
import { MonitorError } from '../../errors.ts'
import { LedgerChain, sealRecord } from '../../ledger/chain.ts'
import type { LedgerEntry } from '../../ledger/chain.ts'
import type { EraBody, SaidBody } from '../../ledger/record.ts'
import { openLog } from '../../log/open.ts'
import { ownTopics } from '../../service/own-topics.ts'

/** Another writer may seal its record on the same one at the same moment: then ours is refused, and sealed anew. */
const ATTEMPTS = 10

/** Appends one record and reads it back as valid. Throws MonitorErrors. */
export async function appendToLedger(config: Config, body: SaidBody | EraBody): Promise<void> {
  const topic = ownTopics(config).ledger
  const log = await openLog(config, { retries: 0 })
  try {
    if ((await log.bounds(topic)) === null) {
      throw new MonitorError(
        'EVENKEEL_TOPIC_MISSING',
        `there is no topic ${topic}: create with "evenkeel topics --create"`,
      )
    }
    const chain = new LedgerChain()
    const entries = new Map<string, LedgerEntry>()
    let arrived = Promise.withResolvers<void>()
    const tail = await log.tail(topic, new Map(), async (records) => {
      for (const { value } of records) {
        const entry = chain.add(value)
        entries.set(entry.digest, entry)
      }
      arrived.resolve()
      arrived = Promise.withResolvers()
    })
    await Promise.race([tail.caughtUp, log.failed])
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const text = sealRecord(body, chain.head)
      const { digest } = JSON.parse(text) as { digest: string }
      await log.append(topic, [{ key: keyOf(body), value: text, partition: 0 }])
      while (!entries.has(digest)) await Promise.race([arrived.promise, log.failed])
      const { refused } = entries.get(digest)!
      if (refused === null) return await tail.stop()
      // Somebody else has said meanwhile what makes ours impossible.
      if (refused === 'not-valid-here') throw new MonitorError('EVENKEEL_USAGE', `${topic}: what others wrote meanwhile rules this out`) // prettier-ignore
    }
    throw new MonitorError('EVENKEEL_LOG_FAILED', `${topic}: other writers were faster ${ATTEMPTS} times`)
  } finally {
    await log.close()
  }
}

function keyOf(body: SaidBody | EraBody): string {
  return body.type === 'baseline-verified' ? body.digest : body.stream
}
