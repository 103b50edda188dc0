import type { Baseline } from '../../src/baseline/baseline.ts'
import { cellsFrom } from '../../src/baseline/cells-from.ts'
import { readConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/shape.ts'
import type { SlotValue } from '../../src/decode/decoder.ts'
import { createJudge } from '../../src/judge.ts'
import type { Judge, JudgeOptions } from '../../src/judge.ts'
import type { AlertNotice } from '../../src/alert/notice.ts'
import { sha256 } from '../../src/ledger/digest.ts'
import type { CellsFrozen, SegmentsFrozen } from '../../src/ledger/record.ts'
import { Counted } from '../../src/pane/counted.ts'
import { OpenPane } from '../../src/pane/open-pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import type { StreamPlan } from '../../src/pane/plan.ts'
import { UnitHash } from '../../src/sketch/unit-hash.ts'
import { CellTable } from '../../src/sketch/cell-table.ts'
import { CellBook } from '../../src/slice/cell-book.ts'
import { cellsOf } from '../../src/slice/cells-of.ts'
import { SegmentBook } from '../../src/slice/segment-book.ts'
import { encodeSlice } from '../../src/slice/codec.ts'
import type { PartitionEntry, SealedSlice, Slice } from '../../src/slice/slice.ts'

/** An event as a test writes it: values by dotted path; what is left out is absent. */
export interface TestEvent {
  unit: string
  cohort: 'control' | 'candidate'
  values: Readonly<Record<string, SlotValue>>
}

export const START_MS = Date.parse('2026-03-02T00:00:00Z')
const SHAPE = { kind: 'shape', schemaId: 'json', fields: [], timeUnit: null } as const

/** The stream of all tests, as a configuration names it. */
export const RAW_SHOP = {
  name: 'shop',
  topic: 'shop.events',
  format: 'json',
  eventTime: 'ts',
  unit: 'user',
  cohort: { field: 'model', control: ['m1'], candidate: ['m2'] },
}

/** A configuration of one stream, `shop`, from what a test says of it; the rest as a person would leave it. */
export function configOf(stream: Record<string, unknown>, policy: Record<string, unknown> = {}, panes = {}): Config {
  return readConfig(
    JSON.stringify({
      instance: 'test',
      panes,
      policy,
      streams: [
        {
          ...RAW_SHOP,
          allocation: { control: 0.5, candidate: 0.5 },
          ...stream,
        },
      ],
    }),
    'test.yaml',
    {},
  )
}

/** Makes a stream's slices one after the other as the assembler would: the same sketches, and cells once they are frozen. */
export class SliceMaker {
  readonly plan: StreamPlan
  readonly #lengthMs: number
  readonly #book: CellBook
  readonly #segments: SegmentBook
  readonly #units = new Map<string, { first: number; second: number }>()
  #number = 0

  constructor(config: Config, baseline: Baseline | null = null) {
    const [stream] = config.streams
    this.plan = planStream(stream!, config)
    this.#lengthMs = config.panes.lengthMs
    this.#book = new CellBook(stream!.name, this.#lengthMs, [this.plan], (name, field) =>
      cellsFrom(baseline, name, field),
    )
    this.#segments = new SegmentBook([this.plan], config.panes, config.policy.segments === 'auto')
  }

  /** The records that a baseline makes due before the first slice. */
  begin(): CellsFrozen[] {
    const due = this.#book.due()
    for (const body of due) this.#book.addFrozen(body)
    return due
  }

  /** The next slice, and the records that are due after it. */
  next(events: Iterable<TestEvent>, options: SliceOptions = {}): Made {
    this.#number++
    const startMs = START_MS + (this.#number - 1) * this.#lengthMs
    const { plan: segments } = this.#segments.knowledgeOf(this.plan, null)
    const pane = new OpenPane(
      this.plan,
      new Counted(),
      segments !== null && startMs >= segments.fromMs ? segments : null,
    )
    const values = new Array<SlotValue>(this.plan.paths.length).fill(undefined)
    for (const event of events) {
      this.plan.paths.forEach((path, slot) => (values[slot] = event.values[path]))
      pane.accept(event.cohort === 'control' ? 0 : 1, this.#hash(event.unit), SHAPE, values, false)
    }
    options.more?.(pane, (unit) => this.#hash(unit))
    const tallies = pane.close()
    tallies.fields.forEach((field, at) => {
      const frozen = this.#book.inForce(this.plan.stream, this.plan.fields[at]!.name, this.#number)
      if (frozen === null || field.table === null || field.table instanceof CellTable) return
      field.table = cellsOf(field.table, frozen) ?? field.table
    })
    const slice: Slice = {
      stream: this.plan.stream,
      startMs,
      lengthMs: this.#lengthMs,
      number: this.#number,
      paneConfigDigest: 'sha256:test',
      streams: [{ name: this.plan.stream, partitions: options.partitions ?? WHOLE, tallies }],
    }
    this.#book.addSlice(slice)
    const due = this.#book.due()
    for (const body of due) this.#book.addFrozen(body)
    this.#segments.addSlice(slice)
    const inside = this.#segments.due
    if (inside !== null) this.#segments.addFrozen(inside)
    const digest = options.isSealed === false ? `sha256:slice-${this.#number}` : sha256(encodeSlice(slice))
    return { sealed: { slice, digest }, due, inside }
  }

  #hash(unit: string): { first: number; second: number } {
    const known = this.#units.get(unit)
    if (known !== undefined) return known
    const hash = new UnitHash(this.plan.salt)
    hash.hash(unit)
    const words = { first: hash.first, second: hash.second }
    this.#units.set(unit, words)
    return words
  }
}

export interface Made {
  sealed: SealedSlice
  due: CellsFrozen[]
  /** The record of segments, when it is due. */
  inside: SegmentsFrozen | null
}

export interface SliceOptions {
  partitions?: PartitionEntry[]
  /** Late, rejected and repeated records. */
  more?: (pane: OpenPane, hash: (unit: string) => { first: number; second: number }) => void
  /** false saves the encoding where nobody looks at digests. */
  isSealed?: boolean
}

const WHOLE: PartitionEntry[] = [{ partition: 0, pane: 'sha256:pane', idle: false, lost: 0 }]

/** A judge with its slices: each step is judged, and its ledger records are handed over behind it. */
export class JudgeRun {
  readonly judge: Judge
  readonly notices: AlertNotice[] = []
  readonly #maker: SliceMaker
  readonly #isSealed: boolean

  constructor(config: Config, options: Partial<JudgeOptions> & { isSealed?: boolean } = {}) {
    this.#maker = new SliceMaker(config, options.baseline ?? null)
    this.#isSealed = options.isSealed ?? true
    this.judge = createJudge(config, config.streams, options)
    for (const body of this.#maker.begin()) this.judge.addLedger(body)
  }

  add(events: Iterable<TestEvent>, options: SliceOptions = {}): readonly AlertNotice[] {
    const { sealed, due, inside } = this.#maker.next(events, { isSealed: this.#isSealed, ...options })
    const { notices } = this.judge.addSlice(sealed)
    for (const body of due) this.judge.addLedger(body)
    if (inside !== null) this.judge.addLedger(inside)
    this.notices.push(...notices)
    return notices
  }
}

/** Uniform numbers in [0, 1) from a seed (mulberry32): the same run on every machine. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Normal numbers (Box and Muller) from uniform ones. */
export function normalOf(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
