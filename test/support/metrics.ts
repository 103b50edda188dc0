import { setTimeout as sleep } from 'node:timers/promises'
import { readExposition } from './exposition.ts'
import type { ReadSample } from './exposition.ts'

/** What a scraper would see now. */
export async function scrape(url: string): Promise<Metrics> {
  const response = await fetch(`${url}/metrics`)
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`)
  return new Metrics(readExposition(await response.text(), 'text').samples)
}

export class Metrics {
  readonly samples: readonly ReadSample[]

  constructor(samples: readonly ReadSample[]) {
    this.samples = samples
  }

  /** What a failed test shows: what was counted at all. */
  toJSON(): Record<string, number> {
    const counted = this.samples.filter(({ name, value }) => /^evenkeel_\w+_total$/.test(name) && value > 0)
    return Object.fromEntries(
      counted.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]),
    )
  }

  /** The sum over every series that has these labels; 0 where there is none. */
  sum(name: string, labels: Record<string, string> = {}): number {
    return this.samples
      .filter(
        (sample) =>
          sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      )
      .reduce((sum, { value }) => sum + value, 0)
  }
}

/** Asks until the answer is there; says what the last one was where it never comes. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isIt: (answer: T) => boolean,
  what: string,
  timeoutMs = 300_000,
): Promise<T> {
  let last: unknown
  for (const endMs = performance.now() + timeoutMs; performance.now() < endMs; await sleep(100)) {
    try {
      const answer = await ask()
      if (isIt(answer)) return answer
      last = answer
    } catch (error) {
      last = error // say, not listening yet
    }
  }
  throw new Error(`${what}: never; at last ${last instanceof Error ? last.message : JSON.stringify(last)}`)
}
