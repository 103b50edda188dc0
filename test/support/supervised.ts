import { setTimeout as sleep } from 'node:timers/promises'
import { changesOf } from '../../src/commands/panes/change.ts'
import type { Config } from '../../src/config/shape.ts'
import { sealRecord } from '../../src/ledger/chain.ts'
import type { LedgerBody } from '../../src/ledger/record.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import type { MemoryStore } from '../../src/log/memory.ts'
import { EraReader } from '../../src/service/era-reader.ts'
import { startService } from '../../src/service.ts'
import type { Service } from '../../src/service.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { progressOf } from './panes-topic.ts'

const logger = createLogger({ instance: 'test', level: 'silent' })

/** What an orchestrator does: an instance that ends is started again, with the file that it has now. */
export class Supervised {
  config: Config
  starts = 0
  private readonly store: MemoryStore
  private running: Service | null = null
  private isWanted = true
  private readonly over: Promise<void>

  constructor(store: MemoryStore, config: Config) {
    this.store = store
    this.config = config
    this.over = this.keep()
  }

  /** Slices of its era. */
  get folded(): number {
    return this.running?.groups[0]?.folded ?? 0
  }

  async stop(): Promise<void> {
    this.isWanted = false
    await this.running?.stop()
    await this.over
  }

  private async keep(): Promise<void> {
    while (this.isWanted) {
      const log = new MemoryLog({ store: this.store })
      this.starts++
      const service = await startService(this.config, { log, memoryView: true, logger })
      this.running = service
      await Promise.race([service.failed.catch(() => undefined), this.untilUnwanted()])
      await service.stop()
      await log.close()
    }
  }

  private async untilUnwanted(): Promise<void> {
    while (this.isWanted) await sleep(20)
  }
}

export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let left = 6_000; !condition(); left--) {
    if (left === 0) throw new Error(`never came: ${what}`)
    await sleep(20)
  }
}

/** From a time on panes of the shop have this file's shape. */
export async function announce(log: MemoryLog, config: Config, fromMs: number): Promise<void> {
  await say(log, (eras) => {
    const progress = [progressOf({ stream: 'shop', closedThroughMs: fromMs - 1_800_000 })]
    return changesOf(
      config,
      { fromMs, by: 'Ann', reason: 'names, not numbers', atMs: 0 },
      { eras, progress, panes: [] },
    )[0]!.body
  })
}

/** Appends a record and has it read back. */
export async function say(log: MemoryLog, bodyOf: (eras: EraReader['eras']) => LedgerBody): Promise<void> {
  const reader = await EraReader.open(log, 'evenkeel.ledger')
  const { head } = reader.chain
  await log.append('evenkeel.ledger', [{ key: 'shop', value: sealRecord(bodyOf(reader.eras), head), partition: 0 }])
  await reader.until(() => reader.chain.head !== head)
  await reader.stop()
}
