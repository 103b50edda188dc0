import { setTimeout as sleep } from 'node:timers/promises'
import type { RealBroker } from '../real/broker.ts'
import type { RealCluster } from '../real/cluster.ts'

/** The brokers of an installation, to be killed one by one. */
export type Brokers = Pick<RealCluster, 'bootstraps' | 'nodes' | 'whole' | 'leaders'>

/** One is a cluster, too: nobody leads in its place. */
export function aloneIn({ bootstrap, local }: RealBroker): Brokers {
  return { bootstraps: [bootstrap], nodes: [local!], whole: async () => undefined, leaders: async () => [] }
}

/** How often so far; between two bounces a part of one. */
export interface Bounced {
  count: number
}

const DEAD_MS = 1_000
const LOOK_EVERY_MS = 300

/** Now and then, as the storm comes along. */
export async function bounceOnTheWay(
  { nodes }: Brokers,
  bounced: Bounced,
  bounces: number,
  share: () => number,
): Promise<void> {
  for (; share() < 1; await sleep(50)) {
    if (bounced.count >= bounces || share() < (bounced.count + 1) / (bounces + 1)) continue
    const node = nodes[bounced.count++ % nodes.length]!
    await node.kill()
    await sleep(DEAD_MS)
    await node.restart()
  }
}

/**
 * One broker after the other. The next dies when every copy is in sync again; until then two of the three have what was acknowledged.
 * Each bounce goes by in three parts, so that events come along in all of them.
 */
export async function bounceNow(
  { nodes, whole }: Brokers,
  bounced: Bounced,
  bounces: number,
  topics: readonly string[],
): Promise<void> {
  for (let at = 0; at < bounces; at++) {
    const node = nodes[at % nodes.length]!
    await node.kill()
    bounced.count = at + 0.1
    await sleep(DEAD_MS)
    bounced.count = at + 0.4
    await node.restart()
    bounced.count = at + 0.8
    await whole(topics)
    bounced.count = at + 1
  }
}

/** How often the lead of a partition went to another broker. */
export class LeaderWatch {
  private readonly watching: Promise<number>
  private isOver = false

  constructor(brokers: Brokers, topic: string) {
    this.watching = this.watch(brokers, topic)
  }

  stop(): Promise<number> {
    this.isOver = true
    return this.watching
  }

  private async watch({ leaders, nodes }: Brokers, topic: string): Promise<number> {
    if (nodes.length < 2) return 0
    let [before, changes] = [[] as readonly number[], 0]
    for (; !this.isOver; await sleep(LOOK_EVERY_MS)) {
      const now = await leaders(topic).catch(() => before) // it is not there yet, or who was asked is down
      changes += now.filter((leader, partition) => leader >= 0 && leader !== (before[partition] ?? leader)).length
      // Who has no leader at the moment had one before.
      before = now.map((leader, partition) => (leader >= 0 ? leader : (before[partition] ?? leader)))
    }
    return changes
  }
}
