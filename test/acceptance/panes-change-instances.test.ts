import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { changesOf } from '../../src/commands/panes/change.ts'
import { readConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/shape.ts'
import { sealRecord } from '../../src/ledger/chain.ts'
import { MemoryLog, MemoryStore } from '../../src/log/memory.ts'
import { EraReader } from '../../src/service/era-reader.ts'
import { startService } from '../../src/service.ts'
import type { Service } from '../../src/service.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { progressOf } from '../support/panes-topic.ts'
import { acceptedIn, readSlices } from '../support/slices-topic.ts'
import { shopConfig, shopEvents, SHOP_START_MS } from '../support/traffic.ts'

const MINUTE_MS = 60_000
const TURN_MS = SHOP_START_MS + 90 * MINUTE_MS
const EVENTS = shopEvents({ hours: 3 })
const logger = createLogger({ instance: 'test', level: 'silent' })

function configOf(stream: Record<string, unknown> = {}): Config {
  const text = JSON.stringify(shopConfig({ start: 'earliest', ...stream }, { http: { listen: '127.0.0.1:0' } }))
  return readConfig(text, 'test.yaml', {})
}

const OLD = configOf()
const NEW = configOf({ fields: [{ name: 'price', kind: 'categorical' }] })

/** What an orchestrator does: an instance that ends is started again, with the file that it has now. */
class Supervised {
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

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let left = 6_000; !condition(); left--) {
    if (left === 0) throw new Error(`never came: ${what}`)
    await sleep(20)
  }
}

async function feed(log: MemoryLog, fromMinutes: number, toMinutes: number): Promise<void> {
  const due = EVENTS.filter(({ ts }) => ts >= SHOP_START_MS + fromMinutes * MINUTE_MS && ts < SHOP_START_MS + toMinutes * MINUTE_MS) // prettier-ignore
  await log.append('shop.events', due.map((event) => ({ key: event.user, value: JSON.stringify(event) }))) // prettier-ignore
}

async function announce(log: MemoryLog): Promise<void> {
  const reader = await EraReader.open(log, 'evenkeel.ledger')
  const progress = [progressOf({ stream: 'shop', closedThroughMs: SHOP_START_MS + 60 * MINUTE_MS })]
  const said = { fromMs: TURN_MS, by: 'Ann', reason: 'names, not numbers', atMs: 0 }
  const [change] = changesOf(NEW, said, { eras: reader.eras, progress })
  await log.append('evenkeel.ledger', [{ key: 'shop', value: sealRecord(change!.body, reader.chain.head), partition: 0 }]) // prettier-ignore
  await reader.until(() => reader.eras.of('shop').length === 2)
  await reader.stop()
}

describe('two instances while the shape of panes changes', { timeout: 600_000 }, () => {
  for (const [order, first, second] of [
    ['the old file first', OLD, NEW],
    ['the new file first', NEW, OLD],
  ] as const)
    // prettier-ignore
    it(`${order}: no gap, no mixed slice, every event in one slice`, async () => {
      const store = new MemoryStore()
      const log = new MemoryLog({ store })
      await log.createTopics([{ topic: 'shop.events', partitions: 2, replicationFactor: 1, config: {} }])
      await feed(log, 0, 60)
      const one = new Supervised(store, OLD)
      await until('slices of the old era', () => one.folded >= 10)
      await announce(log)
      one.config = first
      const other = new Supervised(store, second)
      await until('the second instance', () => other.folded >= 10)
      await feed(log, 60, 180)
      // Of the new era: both came out of the turn, whichever file they have.
      await until('the new era at both', () => [one, other].every(({ starts, folded }) => starts >= 2 && folded >= 5))
      await one.stop()
      await until('the rest at the one that is left', () => other.folded >= 17)
      await other.stop()

      const slices = await readSlices(log, 'evenkeel.slices')
      const digests = [OLD, NEW].map((_, at) => slices.find(({ startMs }) => startMs >= (at === 0 ? 0 : TURN_MS))!.paneConfigDigest)
      assert.notEqual(digests[0], digests[1])
      slices.forEach((slice, at) => {
        assert.equal(slice.startMs, SHOP_START_MS + at * 5 * MINUTE_MS, 'a gap')
        assert.equal(slice.paneConfigDigest, digests[slice.startMs < TURN_MS ? 0 : 1])
        assert.equal(slice.number, slice.startMs < TURN_MS ? at + 1 : at - 17)
        const byHand = EVENTS.filter(({ ts }) => ts >= slice.startMs && ts < slice.startMs + slice.lengthMs).length
        assert.equal(acceptedIn(slice), byHand, new Date(slice.startMs).toISOString())
      })
      assert.equal(slices.length, 35)
      await log.close()
    })
})
