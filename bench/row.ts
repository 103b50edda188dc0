/** One line of the table: what was measured, how long one unit of it took, and how that compares to a peer in the same run. */
export interface Row {
  /** Letter and name of the case, or of the peer. */
  name: string
  /** Nanoseconds per event, value, field or call: whatever `per` says. */
  ns: number
  per: string
  /** ns / ns of the peer; absent for a peer itself. */
  ratio?: number
  /** What the ratio is to, and what we want it to be: "≤ 1.5 A". */
  goal?: string
  isMet?: boolean
  /** Anything else worth printing: bytes, megabytes, counts. */
  note?: string
}

/** Best of several runs, because on a shared machine the slow ones measure the neighbours. Nanoseconds per call of `work`. */
export function bestOf(runs: number, calls: number, work: () => void): number {
  let best = Infinity
  for (let run = 0; run < runs; run++) {
    const start = process.hrtime.bigint()
    work()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / calls)
  }
  return best
}
