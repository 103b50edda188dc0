import { EventDay } from './events.ts'
import { PeerDay, peersFor } from './peers.ts'
import type { Peers } from './peers.ts'
import type { Scenario } from './scenario.ts'
import { addPeers, emptyTally } from './tally.ts'
import type { Tally } from './tally.ts'

/** The first days of a scenario, as they were judged by us, handed to the rivals. */
export async function runPeerDays(
  peers: Peers,
  scenario: Scenario,
  { seed, days, slowDays }: { seed: number; days: number; slowDays: number },
): Promise<Tally> {
  const tally = emptyTally(scenario)
  for (let day = 0; day < days; day++) {
    const events = new EventDay(scenario, seed, day)
    const handed = new PeerDay(`order ${scenario.name} ${seed} ${day}`)
    for (let T = 1; T <= scenario.slices; T++) handed.add(events.next())
    addPeers(tally, await peers.judge(scenario, handed, peersFor(scenario, day < slowDays)))
  }
  return tally
}
