import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { runSeed } from './run.ts'
import type { Run } from './run.ts'
import { note, tallyLine } from './tally.ts'
import type { Tally } from './tally.ts'

const USAGE = `npm run simulate -- [options]
Whole clusters of one to five instances, in a time of their own: crashes in the middle of anything, rebalances, pauses, lost answers,
clocks that are set. After each the panes, slices, alerts and verdicts are held against those of an undisturbed run, and against
what anybody counts by hand.
  --seeds N     how many (default 500)
  --from S      the first (default 0); a seed gives the same run on any machine
  --threads N   (default: as many as there are cores)
  --verbose     what the instances told their operators
`

/** Runs seeds [from, from + count) and calls `take` with each, in no particular order. */
export async function simulate(from: number, count: number, threads: number, take: (run: Run) => void): Promise<void> {
  const seeds = Array.from({ length: count }, (_, at) => from + at)
  const work = async (): Promise<void> => {
    const worker = new Worker(import.meta.filename, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } })
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      worker.postMessage(seed)
      const [run] = (await once(worker, 'message')) as [Run]
      take(run)
    }
    await worker.terminate()
  }
  await Promise.all(Array.from({ length: threads }, work))
}

/** What a seed makes and forgets within a moment is never carried into the old generation. */
const YOUNG_MB = 64

export interface Sums {
  seeds: number
  lost: number
  twice: number
  differing: number
  starts: number
  simulatedMs: number
  tally: Tally
}

export function emptySums(): Sums {
  return { seeds: 0, lost: 0, twice: 0, differing: 0, starts: 0, simulatedMs: 0, tally: new Map() }
}

export function addRun(sums: Sums, { faults, starts, simulatedMs, tally }: Run): void {
  sums.seeds++
  sums.lost += faults.lost.length
  sums.twice += faults.twice.length
  sums.differing += faults.differing.length
  sums.starts += starts
  sums.simulatedMs += simulatedMs
  for (const [kind, times] of tally) note(sums.tally, kind, times)
}

/** One line for each thing that is wrong, and how to see it again. */
export function failureLines({ seed, world, instances, planned, faults }: Run): string[] {
  const wrong = [...faults.lost, ...faults.twice, ...faults.differing]
  if (wrong.length === 0) return []
  return [
    `seed ${seed}: ${world}; ${instances} instances; ${planned}`,
    ...wrong.slice(0, 10).map((line) => `  ${line}`),
  ]
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      ...{ seeds: { type: 'string', default: '500' }, from: { type: 'string', default: '0' } },
      ...{ threads: { type: 'string' }, verbose: { type: 'boolean', default: false } },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(USAGE)
  const [count, from] = [Number(values.seeds), Number(values.from)]
  const threads = Math.min(count, Number(values.threads ?? availableParallelism()))
  const startedMs = performance.now()
  const sums = emptySums()
  await simulate(from, count, threads, (run) => {
    addRun(sums, run)
    for (const line of failureLines(run)) console.log(line)
    if (values.verbose) for (const line of run.told) console.log(`seed ${run.seed}: ${line}`)
    if (sums.seeds % 50 === 0) console.error(`${sums.seeds} of ${count} seeds`)
  })
  const factor = Math.round(sums.simulatedMs / (performance.now() - startedMs))
  console.log(`what struck: ${tallyLine(sums.tally)}`)
  console.log(`${sums.starts} starts of instances, ${Math.round(sums.simulatedMs / 3_600_000)} h of their time`)
  console.log(
    `${sums.seeds} seeds from ${from}, ${factor} times as fast as time goes by, ${sums.lost} lost, ${sums.twice} twice, ${sums.differing} differing`,
  )
  if (sums.lost + sums.twice + sums.differing > 0) process.exitCode = 1
}

if (!isMainThread)
  parentPort!.on('message', (seed: number) => void runSeed(seed).then((run) => parentPort!.postMessage(run)))
else if (import.meta.main) await main()
