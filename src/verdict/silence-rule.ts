/**
 * When does quiet mean that something broke (statistics.md 10, `volume`)? No record for at least three slices, where each of
 * the same slices a day before (without such a day: each of the 12 before) held at least 100. It stays silent until a record
 * comes, however long that takes: a day later the same slices a day before are empty too.
 *
 * A slice that misses a partition and holds no record says nothing: there it was we who did not listen.
 */
export const SILENT_SLICES = 3
const HELD_MIN = 100
const SLICES_BEFORE = 12
export const DAY_MS = 86_400_000

export interface Silence {
  /** What each slice of `before` held at least. */
  held: number
  before: 'day' | 'slices'
}

export class SilenceRule {
  readonly #slicesPerDay: number
  /** Records by slice, the last day and what silence needs more; oldest first. */
  #records: number[] = []
  #quiet = 0
  #silence: Silence | null = null

  constructor(lengthMs: number) {
    this.#slicesPerDay = Math.ceil(DAY_MS / lengthMs)
  }

  /** @param records of one slice; null = it says nothing */
  add(records: number | null): void {
    this.#records.push(records ?? 0)
    if (this.#records.length > this.#slicesPerDay + SILENT_SLICES + SLICES_BEFORE) this.#records.shift()
    if (records === null) return this.#interrupt()
    this.#quiet = records > 0 ? 0 : this.#quiet + 1
    if (records > 0) this.#silence = null
    else if (this.#quiet >= SILENT_SLICES) this.#silence ??= this.#usual(this.#quiet)
  }

  /** Slices without a record, up to now. */
  get quiet(): number {
    return this.#quiet
  }

  /** null = not silent. */
  get silence(): Silence | null {
    return this.#silence
  }

  /** Was it busy enough of late that silence would mean something? */
  get isTelling(): boolean {
    return this.#usual(0) !== null
  }

  /** Quiet slices are counted anew; who was silent already still is. */
  #interrupt(): void {
    this.#quiet = this.#silence === null ? 0 : this.#quiet + 1
  }

  /** What was usual where it is quiet now; null = less than what makes quiet strange. */
  #usual(quiet: number): Silence | null {
    const dayBefore = range(SILENT_SLICES).map((back) => this.#at(back + this.#slicesPerDay))
    const isKnown = dayBefore.every((records) => records !== undefined)
    const usual = isKnown ? dayBefore : range(SLICES_BEFORE).map((back) => this.#at(quiet + back))
    const held = Math.min(...usual.map((records) => records ?? 0))
    return held < HELD_MIN ? null : { held, before: isKnown ? 'day' : 'slices' }
  }

  #at(back: number): number | undefined {
    return this.#records.at(-1 - back)
  }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at)
}
