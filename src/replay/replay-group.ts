import { Assembler } from '../assemble.ts'
import type { Baseline } from '../baseline/baseline.ts'
import { cellsFrom } from '../baseline/cells-from.ts'
import { paneConfigDigest } from '../config/pane-config.ts'
import type { Config } from '../config/shape.ts'
import type { StreamGroup } from '../config/stream-groups.ts'
import { MonitorError } from '../errors.ts'
import { createJudge } from '../judge.ts'
import type { Judge } from '../judge.ts'
import type { InputFile } from '../log/input/open-input.ts'
import { paneDigest } from '../pane/digest.ts'
import { planStream } from '../pane/plan.ts'
import { version } from '../version.ts'
import { StreamTotals } from '../view/stream-totals.ts'
import type { SealedSlice } from '../slice/slice.ts'
import { handBack } from './hand-back.ts'
import { ReplayStream } from './replay-stream.ts'

/**
 * One group of streams from files to verdicts, through the very pipes of the service: what `next` gives is handed straight
 * back instead of being published and read. No log, no clock; memory does not grow with the number of events.
 */
export class ReplayGroup {
  readonly judge: Judge
  readonly totals: ReadonlyMap<string, StreamTotals>
  /** Why a file could not be read to its end; null = it could. */
  inputFailure: string | null = null
  private readonly streams: ReplayStream[]
  private readonly assembler: Assembler
  private readonly digest: string
  private awaitsSegments: boolean
  private readonly onSlice: (sealed: SealedSlice) => void

  constructor(
    config: Config,
    group: StreamGroup,
    inputs: ReadonlyMap<string, InputFile | MonitorError>,
    partitions: number,
    options: ReplayGroupOptions = {},
  ) {
    const { baseline = null } = options
    this.digest = paneConfigDigest(group, config)
    const read = { partitions, paneConfigDigest: this.digest }
    this.streams = group.streams.map((stream) => new ReplayStream(config, stream, inputs.get(stream.name)!, read))
    this.totals = new Map(group.streams.map((stream) => [stream.name, new StreamTotals(stream)]))
    this.judge = createJudge(config, group.streams, { codeVersion: version, isReplay: true, baseline })
    this.onSlice = options.onSlice ?? ((sealed) => this.judge.addSlice(sealed))
    this.assembler = new Assembler({
      streams: group.streams.map((stream) => planStream(stream, config)),
      panes: config.panes,
      paneConfigDigest: this.digest,
      countsSegments: config.policy.segments === 'auto',
      cellsOfBaseline: (stream, field) => cellsFrom(baseline, stream, field),
    })
    for (const { name } of group.streams) this.assembler.setPartitions(name, partitions)
    this.awaitsSegments = this.assembler.countsSegments
  }

  async run(onChunk: () => void): Promise<void> {
    const unread = [...this.streams]
    while (unread.length > 0) {
      // Joined streams advance together in event time: else the panes of one would pile up until the other's are read.
      const stream = unread.reduce((behind, each) => (each.watermarkMs < behind.watermarkMs ? each : behind))
      if (!(await this.readChunk(stream))) unread.splice(unread.indexOf(stream), 1)
      this.assemble([stream])
      onChunk()
    }
    const lastMs = Math.max(...this.streams.flatMap(({ observers }) => observers.map(({ watermarkMs }) => watermarkMs)))
    for (const stream of this.streams) stream.finish(lastMs === -Infinity ? 0 : lastMs)
    this.assembler.finish()
    this.assemble(this.streams)
    if (this.inputFailure !== null) this.judge.inputFailed(this.inputFailure)
  }

  private async readChunk(stream: ReplayStream): Promise<boolean> {
    try {
      // A chunk may hold hours: what is to be counted inside segments must be known before the panes that count it are opened.
      return await stream.readChunk(this.awaitsSegments ? () => this.assemble([stream]) : null)
    } catch (error) {
      if (!(error instanceof MonitorError && error.code === 'EVENKEEL_INPUT_UNREADABLE')) throw error
      // What was read counts; that it is not all makes every verdict ERROR.
      this.inputFailure ??= error.message
      return false
    }
  }

  private countInside(): void {
    this.awaitsSegments = false
    for (const stream of this.streams) stream.know(this.assembler.segmentsOf(stream.name))
  }

  private assemble(streams: readonly ReplayStream[]): void {
    const { assembler, judge } = this
    for (const stream of streams) {
      for (const pane of stream.takePanes()) assembler.addPane(pane, paneDigest(pane), 0)
      for (const progress of stream.progress(this.digest)) assembler.addProgress(progress, 0)
    }
    const onSlice = (sealed: SealedSlice): void => {
      this.onSlice(sealed)
      for (const totals of this.totals.values()) totals.add(sealed.slice)
    }
    handBack(assembler, onSlice, (body) => {
      judge.addLedger(body)
      if (body.type === 'segments-frozen') this.countInside()
    })
  }
}

export interface ReplayGroupOptions {
  /** What is compared with besides the other cohort. */
  baseline?: Baseline | null
  /** Takes each slice in place of the judge. */
  onSlice?: (sealed: SealedSlice) => void
}
