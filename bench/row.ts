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

/**
 * Nanoseconds of CPU per call of `work`, the best of several runs. CPU and not wall time: on a shared machine the wall clock
 * measures the neighbours. It includes the threads that collect garbage.
 */
export function bestOf(runs: number, calls: number, work: () => void): number {
  let best = Infinity
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, ((user + system) * 1000) / calls)
  }
  return best
}
