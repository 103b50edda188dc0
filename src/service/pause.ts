import { setTimeout as sleep } from 'node:timers/promises'

/** Sleeps; rejects as soon as the service is asked to stop. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal })
}
