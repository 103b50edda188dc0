import { setTimeout as sleep } from 'node:timers/promises'
import { ownTopicSpecs } from '../../src/config/topic-specs.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { startService } from '../../src/service.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { PATIENCE_MS } from './child.ts'
import { configOf } from './config.ts'
import type { Installation } from './config.ts'
import { LAST_MS, PANE_MS, START_MS } from './events.ts'
import type { ProducedEvent } from './events.ts'
import { outcomeOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'

/** What is closed when all is read: the empty slice behind the last event does not wait for anybody. */
export const SLICES_MIN = (LAST_MS - START_MS) / PANE_MS

/** What the same events come to when nothing happens: the service in this process, over a log in memory, one by one. */
export async function undisturbedRun(
  installation: Installation,
  partitions: number,
  events: readonly ProducedEvent[],
): Promise<Undisturbed> {
  // prettier-ignore
  const config = { ...configOf(installation), kafka: null }
  const log = new MemoryLog()
  await log.createTopics([{ topic: installation.topic, partitions, replicationFactor: 1, config: {} }])
  await log.createTopics(ownTopicSpecs(config, { brokerCount: 1 }))
  await log.append(installation.topic, events.map(({ partition, value }) => ({ key: null, value, partition }))) // prettier-ignore
  const logger = createLogger({ instance: 'undisturbed', level: 'silent' })
  const service = await startService(config, { log, logger, memoryView: true })
  try {
    const [group] = service.groups
    let stillMs = performance.now()
    for (let [folded, due] = [-1, -1]; folded < SLICES_MIN || performance.now() - stillMs < STILL_MS; await sleep(20)) {
      if (group!.folded !== folded || group!.due.length !== due) stillMs = performance.now()
      ;[folded, due] = [group!.folded, group!.due.length]
      if (performance.now() - stillMs > PATIENCE_MS) throw new Error(`undisturbed, it stopped at ${folded} slices`)
    }
    const outcome = await outcomeOf(log, installation.prefix)
    return { outcome, slices: group!.folded, notices: group!.due.length }
  } finally {
    await service.stop()
    await log.close()
  }
}

/** All is read within a second, and progress is told every second where something changes. */
const STILL_MS = 2_500

export interface Undisturbed {
  outcome: Outcome
  slices: number
  notices: number
}
