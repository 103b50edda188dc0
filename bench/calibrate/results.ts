import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os'
import process from 'node:process'
import { addTally } from './tally.ts'
import type { Tally } from './tally.ts'

/** All that a run found, as `results.json` keeps it: the document is written from this alone. */
export interface Results {
  seed: number
  featureDays: number
  changeDays: number
  machine: string
  /** Why the rivals are missing; null = they are not. */
  peersMissing: string | null
  peerDays: number
  slowPeerDays: number
  tallies: Record<string, Tally>
}

/** Adds another part of the same run: other days, of the same seed. */
export function addResults(into: Results, part: Results): void {
  if (part.seed !== into.seed) throw new RangeError(`seeds ${into.seed} and ${part.seed} are no parts of one run`)
  into.featureDays = Math.max(into.featureDays, part.featureDays)
  into.changeDays = Math.max(into.changeDays, part.changeDays)
  for (const [name, tally] of Object.entries(part.tallies)) {
    if (into.tallies[name] === undefined) into.tallies[name] = tally
    else addTally(into.tallies[name], tally)
  }
}

/** In general words: enough to compare figures, not enough to find the machine. */
export function describeMachine(): string {
  const { node } = process.versions
  const cores = cpus().length
  const memoryGb = Math.round(totalmem() / 2 ** 30)
  return `${availableParallelism()} of ${cores} cores (${platform()} ${arch()}), ${memoryGb} GB, Node ${node}`
}
