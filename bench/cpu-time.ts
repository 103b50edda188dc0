/**
 * CPU time, not wall time: on a shared machine the wall clock measures the neighbours. It counts all threads of this
 * process, so those that collect garbage and compile are in it; what another process does (a broker) is not.
 *
 * The best of several runs, because whatever disturbs a run only ever makes it slower. Even so two runs of the whole differ
 * by some 5 %, on a busy machine by 15 %: that is why goals are ratios, and why peers take turns with what is compared to them.
 */
export interface Task {
  /** How many events, values or calls `run` is. */
  calls: number
  run: () => unknown
}

/** Nanoseconds per call, the best of several runs. */
export function bestOf(runs: number, calls: number, work: () => void): number {
  let best = Infinity
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage()
    work()
    best = Math.min(best, nsSince(before) / calls)
  }
  return best
}

/**
 * The same of several tasks taken in turns, so that a busy moment hits all alike. A task may be asynchronous.
 *
 * Trap: no collecting of garbage in between. It shrinks V8's young space to a megabyte, which then has to grow again inside
 * of what is measured: half as much again for a task that makes many small objects.
 */
export async function inTurns(rounds: number, tasks: readonly Task[]): Promise<number[]> {
  const best = tasks.map(() => Infinity)
  for (let round = 0; round < rounds; round++) {
    for (const [at, { calls, run }] of tasks.entries()) {
      const before = process.cpuUsage()
      await run()
      best[at] = Math.min(best[at]!, nsSince(before) / calls)
    }
  }
  return best
}

export function nsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) * 1000
}
