import { setTimeout as sleep } from 'node:timers/promises'
import { Metrics } from '../support/metrics.ts'
import { readExposition } from '../support/exposition.ts'
import type { Child } from './child.ts'

const WITHIN_MS = 180_000

/** Until one that runs has judged every slice, told every alert and left nothing unread; a bound, and what it waited for. */
export async function untilJudged(children: () => readonly Child[], wanted: { slices: number }): Promise<void> {
  let last = 'nobody answered'
  for (const endMs = performance.now() + WITHIN_MS; performance.now() < endMs; await sleep(100)) {
    const all = await Promise.all(children().map(standing))
    if (all.length > 0 && all.every((each) => each !== null && isDone(each, wanted.slices))) return
    last = JSON.stringify(all)
  }
  const words = children().map((child) => child.lastWords())
  throw new Error(
    `not every instance came to ${wanted.slices} slices within ${WITHIN_MS} ms: ${last}\n${words.join('\n')}`,
  )
}

interface Standing {
  slices: number
  unpublished: number
  lag: number
}

function isDone({ slices, unpublished, lag }: Standing, wanted: number): boolean {
  return slices >= wanted && unpublished === 0 && lag === 0
}

async function standing(child: Child): Promise<Standing | null> {
  const url = await child.url()
  if (url === null) return null
  try {
    const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) })).text()
    const metrics = new Metrics(readExposition(text, 'text').samples)
    return {
      slices: metrics.sum('evenkeel_slices_total'),
      unpublished: metrics.sum('evenkeel_alerts_unpublished'),
      lag: metrics.sum('evenkeel_consumer_lag_records'),
    }
  } catch {
    return null // It does not answer yet, or for a moment.
  }
}
