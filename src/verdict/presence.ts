import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { CohortTallies } from '../pane/pane.ts'
import { tallyTotals } from '../pane/tallies.ts'
import type { StreamSlice } from '../slice/slice.ts'
import { SilenceRule } from './silence-rule.ts'

/**
 * Which cohorts of a stream are there at all (statistics.md 10): not started, running, or silent (silence-rule.ts). Where the
 * stream as a whole is silent, so is each of its cohorts, however little it used to send.
 */
export type CohortPresence = { state: 'not-started' } | { state: 'running' } | { state: 'silent'; since: number }

export class Presence {
  readonly #cohorts: readonly [Run, Run]
  readonly #stream: Run
  /** 1-based numbers of slices that miss a partition, or records that vanished. */
  readonly #incomplete: number[] = []

  constructor(lengthMs: number) {
    this.#cohorts = [new Run(lengthMs), new Run(lengthMs)]
    this.#stream = new Run(lengthMs)
  }

  add(number: number, { tallies, partitions }: StreamSlice): void {
    const isDeaf = missesPartition(partitions)
    for (const cohort of [CONTROL, CANDIDATE] as const) {
      const records = recordsOf(tallies.cohorts[cohort])
      this.#cohorts[cohort].add(number, isDeaf && records === 0 ? null : records)
    }
    const { read, synthetic, duplicates } = tallyTotals(tallies)
    const all = read - synthetic - duplicates
    this.#stream.add(number, isDeaf && all === 0 ? null : all)
    if (isDeaf || partitions.some(({ lost }) => lost > 0)) this.#incomplete.push(number)
  }

  of(cohort: typeof CONTROL | typeof CANDIDATE): CohortPresence {
    const { presence } = this.#cohorts[cohort]
    return presence.state === 'running' && this.#stream.presence.state === 'silent' ? this.#stream.presence : presence
  }

  /** How many of the slices after the first `begin` are incomplete. */
  incompleteSince(begin: number): number {
    let count = 0
    for (let at = this.#incomplete.length - 1; at >= 0 && this.#incomplete[at]! > begin; at--) count++
    return count
  }

  isIncomplete(number: number): boolean {
    return this.#incomplete.at(-1) === number
  }
}

class Run {
  presence: CohortPresence = { state: 'not-started' }
  readonly #rule: SilenceRule

  constructor(lengthMs: number) {
    this.#rule = new SilenceRule(lengthMs)
  }

  add(number: number, records: number | null): void {
    this.#rule.add(records)
    if (records !== null && records > 0) this.presence = { state: 'running' }
    else if (this.presence.state === 'running' && this.#rule.silence !== null) {
      this.presence = { state: 'silent', since: number - this.#rule.quiet }
    }
  }
}

/** Records of a cohort: accepted, late and rejected; repeats aside. */
export function recordsOf({ accepted, late, rejected }: CohortTallies): number {
  return accepted.total + late.total + rejected.total
}

/** Some partition did not answer in time. */
export function missesPartition(partitions: StreamSlice['partitions']): boolean {
  return partitions.some(({ pane }) => pane === 'incomplete')
}
