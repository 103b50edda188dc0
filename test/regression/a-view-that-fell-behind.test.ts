import assert from 'node:assert/strict'
import type { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Log, LogRecord, Tail } from '../../src/log/log.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { toChunks } from '../../src/pane/chunks.ts'
import { machineClock } from '../../src/service/clock.ts'
import { ViewFeeder } from '../../src/service/view-feeder.ts'
import { encodeSlice } from '../../src/slice/codec.ts'
import { SliceView } from '../../src/view/slice-view.ts'
import { configOf, SliceMaker } from '../support/slices.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const TOPIC = 'slices'
const folder = temporaryFolder()

describe('a view that fell behind', () => {
  /** The feeder saw that the view is behind, and waited for a refusal that would have made it begin again: for ever. */
  it('because a question found its file damaged is filled again', async (t) => {
    const timers = t.mock.timers
    timers.enable({ apis: ['setTimeout'] })
    const log = new MemoryLog()
    await log.createTopics([{ topic: TOPIC, partitions: 1, replicationFactor: 1, config: {} }])
    const view = await SliceView.open({ directory: folder, source: 'test', horizonMs: 86_400_000 })
    const feeder = new ViewFeeder({
      log,
      slicesTopic: TOPIC,
      view,
      logger: { error: assert.fail } as never,
      clock: machineClock,
    })
    const slices = slicesOf(3)
    const count = (): number => view.bounds('shop')?.count ?? 0
    await log.append(TOPIC, slices.slice(0, 2).flat())
    await feeder.start()
    await until(() => count() === 2)

    const { database } = view as unknown as { database: DatabaseSync }
    database.exec('UPDATE slices SET bytes = zeroblob(4) WHERE id = 1')
    assert.throws(() => [...view.range('shop', 0, Infinity)], { code: 'EVENKEEL_STATE_IO' })
    assert.equal(count(), 0)
    await log.append(TOPIC, slices[2]!)
    await until(
      () => count() === 3,
      () => timers.tick(5_000),
    )
    await feeder.stop()
    view.close()
    await log.close()
  })

  /** The old reader was stopped after the view had been told to go on: what it still brought moved the view's place. */
  it('stands at no time behind a slice that it lacks', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const [first, second, third] = slicesOf(3).map(([record], offset) => recordAt(offset, record!))
    const view = new FakeView()
    const log = fakeLog((onRecords) => onRecords([third!])) // a read that is under way when the reader is stopped
    const feeder = feederOf(log, view)
    await feeder.start()
    const [tail] = log.tails
    await tail!.onRecords([first!])
    view.isFull = true
    await tail!.onRecords([second!])
    view.isFull = false
    t.mock.timers.tick(5_000)
    await until(() => log.tails.length === 2)
    assert.deepEqual([...log.tails[1]!.from], [[0, 1]])
    assert.deepEqual([...view.places()], [[0, 1]], 'a crash now would lose the second slice')
    await feeder.stop()
  })

  it('leaves no reader when it is stopped while it begins again', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const view = new FakeView()
    const log = fakeLog(async () => undefined)
    const feeder = feederOf(log, view)
    await feeder.start()
    view.isFull = true
    await log.tails[0]!.onRecords([recordAt(0, slicesOf(1)[0]![0]!)])
    view.isFull = false
    const held = Promise.withResolvers<void>()
    log.opening = held.promise
    t.mock.timers.tick(5_000)
    await until(() => log.tails.length === 2)
    await feeder.stop()
    held.resolve()
    await until(() => log.tails.every(({ isStopped }) => isStopped))
  })
})

/** As far as the feeder sees it: it refuses while it is full, and is behind from then on. */
class FakeView {
  isFull = false
  isBehind = false
  private next = 0

  places(): ReadonlyMap<number, number> {
    return new Map([[0, this.next]])
  }

  apply(_partition: number, next: number): 'stored' | 'refused' {
    if (this.isFull) this.isBehind = true
    if (this.isBehind) return 'refused'
    this.next = next
    return 'stored'
  }

  resume(): ReadonlyMap<number, number> {
    this.isBehind = false
    return this.places()
  }
}

interface FakeTail {
  from: ReadonlyMap<number, number>
  onRecords: (records: readonly LogRecord[]) => Promise<void>
  isStopped: boolean
}

function fakeLog(whileStopping: (onRecords: FakeTail['onRecords']) => Promise<void>) {
  const log = {
    tails: [] as FakeTail[],
    opening: Promise.resolve(),
    bounds: async () => [{ partition: 0, low: 0, high: 3 }],
    async tail(_topic: string, from: FakeTail['from'], onRecords: FakeTail['onRecords']): Promise<Tail> {
      const tail: FakeTail = { from: new Map(from), onRecords, isStopped: false }
      log.tails.push(tail)
      await log.opening
      return {
        caughtUp: Promise.resolve(),
        async stop() {
          if (!tail.isStopped) await whileStopping(onRecords)
          tail.isStopped = true
        },
      }
    },
  }
  return log as typeof log & Log
}

function slicesOf(count: number): ReturnType<typeof toChunks>[] {
  const maker = new SliceMaker(configOf({ fields: [] }))
  return Array.from({ length: count }, () => {
    const { sealed } = maker.next([])
    const { stream, startMs } = sealed.slice
    return toChunks({ kind: 'slice', stream, startMs }, encodeSlice(sealed.slice), {
      key: 'shop',
      digest: sealed.digest,
    })
  })
}

function recordAt(offset: number, { key, value, headers }: ReturnType<typeof toChunks>[number]): LogRecord {
  const own = Object.entries(headers ?? {}).map(([name, header]) => [name, Buffer.from(header as Buffer)])
  return {
    ...{ topic: TOPIC, partition: 0, offset, timestampMs: 0, headers: Object.fromEntries(own) as LogRecord['headers'] },
    ...{ key: Buffer.from(key!), value: Buffer.from(value as Buffer) },
  }
}

/** By turns of the event loop: timers stand still. */
async function until(holds: () => boolean, nudge: () => void = () => undefined): Promise<void> {
  for (let turn = 0; !holds(); turn++) {
    assert.ok(turn < 10_000, 'never')
    await nextTurn()
    nudge()
  }
}

function feederOf(log: ReturnType<typeof fakeLog>, view: FakeView): ViewFeeder {
  return new ViewFeeder({
    log,
    slicesTopic: TOPIC,
    view: view as never,
    logger: { error: assert.fail } as never,
    clock: machineClock,
  })
}
