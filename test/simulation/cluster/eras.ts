import { rolesOf } from '../../../src/config/era-config.ts'
import { paneConfigDigest, paneConfigOf } from '../../../src/config/pane-config.ts'
import type { Config } from '../../../src/config/shape.ts'
import { streamGroups } from '../../../src/config/stream-groups.ts'
import { LedgerChain, sealRecord } from '../../../src/ledger/chain.ts'
import { TOPICS } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { CONFIG, PANE_MS, START_MS } from './events.ts'
import type { Random } from './random.ts'
import { note } from './tally.ts'

/** One field more. */
const [shop] = CONFIG.streams
const NEW_CONFIG: Config = {
  ...CONFIG,
  streams: [{ ...shop!, fields: [...shop!.fields, { ...shop!.fields[2]!, name: 'clicked', kind: 'boolean' }] }],
}
const ANNOUNCED_BEFORE_MS = 4 * PANE_MS

export const DIGESTS = [CONFIG, NEW_CONFIG].map((config) => paneConfigDigest(streamGroups(config)[0]!, config))

/** Before it is announced nobody can start with the new file; after that whoever is updated is, in any order. */
export function fileAt(nowMs: number, turnMs: number | null, random: Random): Config {
  const isAnnounced = turnMs !== null && nowMs > turnMs - ANNOUNCED_BEFORE_MS
  return isAnnounced && random.chance(0.5) ? NEW_CONFIG : CONFIG
}

/** Somebody says in the ledger from which pane on there is one field more. */
export function announce(cluster: Cluster, turnMs: number): void {
  cluster.scheduler.after(turnMs - ANNOUNCED_BEFORE_MS - START_MS, () => {
    const chain = new LedgerChain()
    for (const { value } of cluster.broker.all(TOPICS.ledger)) chain.add(value)
    const [group] = streamGroups(NEW_CONFIG)
    const value = sealRecord(
      {
        ...{ type: 'panes-configured', stream: group!.name, fromMs: turnMs, by: 'test', reason: 'test', atMs: 0 },
        ...{
          paneConfig: paneConfigOf(group!, NEW_CONFIG),
          paneConfigDigest: DIGESTS[1]!,
          roles: rolesOf(group!.streams),
        },
      },
      chain.head,
    )
    cluster.broker.append(TOPICS.ledger, { key: group!.name, value: Buffer.from(value), partition: 0 })
    note(cluster.broker.tally, 'panes configured anew')
  })
}
