/** An alert needs so many offered looks in a row of the same window class and contrast (docs/statistics.md 11). */
export const LOOKS_IN_A_ROW = 3

/** For each window class and contrast: at how many offered looks in a row it was beyond its threshold. */
export class Streaks {
  readonly #looks = new Map<number, Uint8Array>()
  readonly #contrasts: number

  constructor(contrasts: number) {
    this.#contrasts = contrasts
  }

  /** Counts one offered look; true from the third in a row on. */
  look(cls: number, contrast: number, isBeyond: boolean): boolean {
    let row = this.#looks.get(cls)
    if (row === undefined) this.#looks.set(cls, (row = new Uint8Array(this.#contrasts)))
    row[contrast] = isBeyond ? Math.min(LOOKS_IN_A_ROW, row[contrast]! + 1) : 0
    return row[contrast] === LOOKS_IN_A_ROW
  }

  /** Windows start anew: what was seen in older ones counts no more. */
  clear(): void {
    this.#looks.clear()
  }
}
