import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { StreamSlice } from '../slice/slice.ts'

/**
 * Which cohorts of a stream are there at all (statistics.md 10, `volume`): not started, running, or silent.
 *
 * Silent = no record for at least three slices, where each of the same slices a day before (without such a day: each of the
 * 12 before) held at least 100. It stays silent until a record comes.
 */
const SILENT_SLICES = 3
const HELD_MIN = 100
const SLICES_BEFORE = 12
const DAY_MS = 86_400_000

export type CohortPresence = { state: 'not-started' } | { state: 'running' } | { state: 'silent'; since: number }

export class Presence {
  readonly #slicesPerDay: number
  readonly #cohorts: [CohortCounts, CohortCounts] = [new CohortCounts(), new CohortCounts()]
  /** 1-based numbers of slices that miss a partition, or records that vanished. */
  readonly #incomplete: number[] = []

  constructor(lengthMs: number) {
    this.#slicesPerDay = Math.ceil(DAY_MS / lengthMs)
  }

  add(number: number, { tallies, partitions }: StreamSlice): void {
    for (const cohort of [CONTROL, CANDIDATE] as const) {
      const { accepted, late, rejected, repeats } = tallies.cohorts[cohort]
      const records = accepted.total + late.total + rejected.total + repeats.total
      this.#cohorts[cohort].add(number, records, this.#slicesPerDay)
    }
    if (partitions.some(({ pane, lost }) => pane === 'incomplete' || lost > 0)) this.#incomplete.push(number)
  }

  of(cohort: typeof CONTROL | typeof CANDIDATE): CohortPresence {
    return this.#cohorts[cohort].presence
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

class CohortCounts {
  presence: CohortPresence = { state: 'not-started' }
  /** Records by slice, the last day and what silence needs more; oldest first. */
  #records: number[] = []

  add(number: number, records: number, slicesPerDay: number): void {
    this.#records.push(records)
    if (this.#records.length > slicesPerDay + SILENT_SLICES + SLICES_BEFORE) this.#records.shift()
    if (records > 0) this.presence = { state: 'running' }
    else if (this.presence.state === 'running' && this.#isSilent(slicesPerDay)) {
      this.presence = { state: 'silent', since: number - this.#quietSlices() }
    }
  }

  #isSilent(slicesPerDay: number): boolean {
    const quiet = this.#quietSlices()
    if (quiet < SILENT_SLICES) return false
    const before = (back: number): number | undefined => this.#records.at(-1 - back)
    const held = (records: number | undefined): boolean => records !== undefined && records >= HELD_MIN
    const dayBefore = range(SILENT_SLICES).map((back) => before(back + slicesPerDay))
    if (dayBefore.every((records) => records !== undefined)) return dayBefore.every(held)
    return range(SLICES_BEFORE).every((back) => held(before(quiet + back)))
  }

  #quietSlices(): number {
    const last = this.#records.findLastIndex((records) => records > 0)
    return this.#records.length - 1 - last
  }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at)
}
