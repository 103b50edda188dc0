import { Assembler } from '../../src/assemble.ts'
import { sha256 } from '../../src/ledger/digest.ts'
import type { LedgerBody } from '../../src/ledger/record.ts'
import { encodePane } from '../../src/pane/codec.ts'
import type { Pane } from '../../src/pane/pane.ts'
import { openSlice } from '../../src/slice/codec.ts'
import type { GroupPlan } from '../../src/slice/group-plan.ts'
import type { Progress } from '../../src/slice/progress.ts'
import { DIGEST, PLAN } from './events.ts'
import { PANES } from './streams.ts'

export const GROUP: GroupPlan = { streams: [PLAN], panes: PANES, paneConfigDigest: DIGEST }
export const LENGTH_MS = PANES.lengthMs

export type PanesRecord = Pane | Progress

export function progressOf(progress: Partial<Progress>): Progress {
  return {
    stream: PLAN.stream,
    partition: 0,
    partitions: 1,
    paneConfigDigest: DIGEST,
    closedThroughMs: null,
    position: 0,
    highWatermark: 0,
    caughtUp: true,
    silentSinceMs: null,
    nowMs: 0,
    reporter: 'one',
    ...progress,
  }
}

/** The outside of assemble over logs in memory: what `next` gives is appended, and read back before it is asked again. */
export class Outside {
  readonly ledger: LedgerBody[]
  /** Canonical bytes: what stands in the slices topic. */
  readonly slices: Buffer[]
  readonly assembler: Assembler
  position: number
  committed: number

  /** A restart: the logs as they stand, and the panes topic from the committed offset. */
  constructor(before?: Outside, group: GroupPlan = GROUP) {
    this.ledger = before?.ledger ?? []
    this.slices = before?.slices ?? []
    this.position = this.committed = before?.committed ?? 0
    this.assembler = new Assembler(group)
    for (const body of this.ledger) this.assembler.addLedger(body)
    for (const bytes of this.slices) this.assembler.addSlice(openSlice(bytes))
  }

  /** Reads the topic up to `end`. */
  read(topic: readonly PanesRecord[], end = topic.length): this {
    for (; this.position < end; this.position++) {
      this.add(topic[this.position]!, this.position)
      this.advance()
    }
    this.committed = this.assembler.neededPanesOffset() ?? this.position
    return this
  }

  advance(): void {
    for (;;) {
      const step = this.assembler.next()
      if (step.kind === 'wait') return
      if (step.kind === 'ledger') {
        this.ledger.push(step.body)
        this.assembler.addLedger(step.body)
      } else {
        this.slices.push(step.bytes)
        this.assembler.addSlice(openSlice(step.bytes))
      }
    }
  }

  private add(record: PanesRecord, offset: number): void {
    if ('tallies' in record) this.assembler.addPane(record, sha256(encodePane(record)), offset)
    else this.assembler.addProgress(record, offset)
  }
}
