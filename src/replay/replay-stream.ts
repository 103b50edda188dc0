import type { Config, StreamConfig } from '../config/shape.ts'
import { textOf } from '../decode/text.ts'
import type { Decoder, Shape, SlotValue, Undecoded } from '../decode/decoder.ts'
import { MonitorError } from '../errors.ts'
import type { Block, InputFile, Lines } from '../log/input/open-input.ts'
import { partitionFor } from '../log/murmur2.ts'
import { Observer } from '../observe.ts'
import type { Pane } from '../pane/pane.ts'
import { planStream } from '../pane/plan.ts'
import type { StreamPlan } from '../pane/plan.ts'
import type { SegmentKnowledge } from '../pane/segments.ts'
import type { Progress } from '../slice/progress.ts'
import { createWalker } from './events.ts'
import type { ChunkWalker } from './events.ts'

/** One stream of a replay: a file's records, dealt to N partitions by their unit as Kafka's partitioner would, observed. */
export class ReplayStream {
  readonly name: string
  readonly observers: readonly Observer[]
  private readonly config: Config
  private readonly input: InputFile | MonitorError
  private readonly plan: StreamPlan
  private readonly unitSlot: number
  private reading: { chunks: AsyncGenerator<Lines | Block>; walk: ChunkWalker } | null = null

  constructor(
    config: Config,
    stream: StreamConfig,
    /** Why the file could not be opened, in place of the file. */
    input: InputFile | MonitorError,
    options: { partitions: number; paneConfigDigest: string },
  ) {
    const plan = (this.plan = planStream(stream, config))
    this.name = stream.name
    this.config = config
    this.input = input
    this.unitSlot = plan.unitSlot >= 0 ? plan.unitSlot : plan.idSlot
    this.observers = Array.from({ length: options.partitions }, (_, partition) => {
      const { paneConfigDigest } = options
      return new Observer({ plan, partition, panes: config.panes, paneConfigDigest, decoder: DECODED_ALREADY, offset: 0, checkpoint: null }) // prettier-ignore
    })
  }

  /** How far event time has come in the partition that lags most: who is behind reads next. */
  get watermarkMs(): number {
    return Math.min(...this.observers.map(({ watermarkMs }) => watermarkMs))
  }

  /** For the panes that are opened from now on. */
  know(segments: SegmentKnowledge): void {
    for (const observer of this.observers) observer.know(segments)
  }

  /** Reads on, and tells of each pane that closes at once where that is wanted; false at the end of the input. Throws EVENKEEL_INPUT_UNREADABLE behind the last record that could be read. */
  async readChunk(onClosed: (() => void) | null = null): Promise<boolean> {
    const { chunks, walk } = (this.reading ??= this.begin())
    const { value, done } = await chunks.next()
    if (done === true) return false
    const { observers } = this
    const [only] = observers
    walk(value, (outcome, values) => {
      const observer = observers.length === 1 ? only! : observers[this.partitionOf(outcome, values)]!
      observer.arrive(observer.position, outcome, values, null)
      if (onClosed !== null && observer.hasClosed) onClosed()
    })
    return true
  }

  finish(fallbackMs: number): void {
    for (const observer of this.observers) observer.finish(fallbackMs)
  }

  takePanes(): Pane[] {
    return this.observers.flatMap((observer) => observer.takeOutbox().panes)
  }

  progress(paneConfigDigest: string): Progress[] {
    return this.observers.map(({ closedThroughMs, position }, partition) => ({
      stream: this.name,
      partition,
      partitions: this.observers.length,
      paneConfigDigest,
      closedThroughMs: closedThroughMs === -Infinity ? null : closedThroughMs,
      position,
      highWatermark: position,
      caughtUp: false,
      silentSinceMs: null,
      nowMs: 0,
      reporter: 'replay',
    }))
  }

  /** Not before the first read: a file that cannot be opened, or has a schema of no use, fails as one that is torn. */
  private begin(): { chunks: AsyncGenerator<Lines | Block>; walk: ChunkWalker } {
    const { input, plan, config } = this
    if (input instanceof MonitorError) throw input
    return { walk: createWalker(plan, input, config.limits), chunks: input.chunks() }
  }

  private partitionOf(outcome: Shape | Undecoded, values: readonly SlotValue[]): number {
    const unit = outcome.kind === 'shape' && this.unitSlot >= 0 ? textOf(values[this.unitSlot]) : null
    return unit === null ? 0 : partitionFor(unit, this.observers.length)
  }
}

const DECODED_ALREADY: Decoder = {
  decode: () => {
    throw new Error('replay decodes before it deals records out')
  },
}
