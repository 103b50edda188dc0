import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { judgeDay } from './judge-day.ts'
import { scenarioNamed } from './scenario.ts'
import { addDay, emptyTally } from './tally.ts'
import type { Tally } from './tally.ts'

/** Days [from, to) of a scenario. Every day has its own random numbers, so it does not matter who runs it. */
export interface Job {
  scenario: string
  seed: number
  from: number
  to: number
}

export const THREADS_MAX = availableParallelism()

/** Runs all jobs on so many threads (1 = this one) and hands over each result as it comes. */
export async function runJobs(jobs: readonly Job[], threads: number, take: (tally: Tally) => void): Promise<void> {
  if (threads === 1) return jobs.forEach((job) => take(runJob(job)))
  const waiting = [...jobs]
  const work = async (): Promise<void> => {
    const worker = new Worker(import.meta.filename, { resourceLimits: { maxYoungGenerationSizeMb: 192 } })
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      worker.postMessage(job)
      const [tally] = (await once(worker, 'message')) as [Tally]
      take(tally)
    }
    await worker.terminate()
  }
  await Promise.all(Array.from({ length: threads }, work))
}

export function runJob({ scenario: name, seed, from, to }: Job): Tally {
  const scenario = scenarioNamed(name)
  const tally = emptyTally(scenario)
  const before = process.threadCpuUsage()
  for (let day = from; day < to; day++) {
    addDay(tally, scenario, judgeDay(scenario, seed, day, { stopsWhenFound: scenario.change !== null }))
  }
  const { user, system } = process.threadCpuUsage(before)
  tally.cpuSeconds = (user + system) / 1e6
  return tally
}

if (!isMainThread) parentPort!.on('message', (job: Job) => parentPort!.postMessage(runJob(job)))
