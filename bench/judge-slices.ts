import type { Config, FieldConfig } from '../src/config/shape.ts'
import type { SlotValue } from '../src/decode/decoder.ts'
import { sha256 } from '../src/ledger/digest.ts'
import type { CellsFrozen, SegmentsFrozen } from '../src/ledger/record.ts'
import { Counted } from '../src/pane/counted.ts'
import { OpenPane } from '../src/pane/open-pane.ts'
import type { FieldTallies, InsideTallies, SegmentTallies, Tallies } from '../src/pane/pane.ts'
import { planStream } from '../src/pane/plan.ts'
import { planSegments } from '../src/pane/segments.ts'
import { CellTable } from '../src/sketch/cell-table.ts'
import { CellBook } from '../src/slice/cell-book.ts'
import { cellsOf } from '../src/slice/cells-of.ts'
import { encodeSlice } from '../src/slice/codec.ts'
import type { SealedSlice, Slice } from '../src/slice/slice.ts'
import { Random } from './calibrate/random.ts'
import { planOf } from './config.ts'

/**
 * Slices for the judge. Making one costs far more than judging it, so a few fields' sketches are made of events, and each slice
 * deals them out anew: field f of slice T holds variant (7·T + f). Units come with five events each (design effect 2.2), so the
 * scalar bound that settles most windows is tried honestly.
 */
export class JudgeSlices {
  /** What the judge must be told first: which values are counted inside; null where no field is a segment. */
  readonly segments: SegmentsFrozen | null
  readonly #config: Config
  /** One field of each kind and role: of these all others are made. */
  readonly #patterns: readonly FieldConfig[]
  readonly #variants: Tallies[]
  readonly #book: CellBook
  readonly #cells = new Map<string, FieldTallies>()
  readonly #fields: readonly FieldConfig[]
  #number = 0

  /**
   * @param events of a slice, both cohorts together
   * @param nullShare of the values of every field but a segment's
   */
  constructor(config: Config, events: number, nullShare = 0) {
    const [stream] = config.streams
    this.#config = config
    this.#fields = stream!.fields
    this.#patterns = [...new Map(this.#fields.map((field) => [patternOf(field), field])).values()]
    this.segments = segmentsOf(config)
    this.#book = new CellBook(stream!.name, config.panes.lengthMs, [planOf(config)])
    const small = { ...config, streams: [{ ...stream!, fields: [...this.#patterns] }] }
    this.#variants = Array.from({ length: VARIANTS }, (_, variant) =>
      variantOf(small, events, nullShare, this.segments, variant),
    )
  }

  next(): { slice: Slice; due: CellsFrozen[] } {
    const number = ++this.#number
    const { name } = this.#config.streams[0]!
    const { lengthMs } = this.#config.panes
    const slice: Slice = {
      stream: name,
      startMs: START_MS + (number - 1) * lengthMs,
      lengthMs,
      number,
      paneConfigDigest: sha256(Buffer.from('bench')),
      streams: [
        { name, partitions: [{ partition: 0, pane: 'empty', idle: false, lost: 0 }], tallies: this.#deal(number) },
      ],
    }
    this.#book.addSlice(slice)
    const due = this.#book.due()
    for (const body of due) this.#book.addFrozen(body)
    return { slice, due }
  }

  /** As it stands in the slices topic. */
  nextBytes(): { bytes: Uint8Array; due: CellsFrozen[] } {
    const { slice, due } = this.next()
    return { bytes: encodeSlice(slice), due }
  }

  #deal(number: number): Tallies {
    const base = this.#variants[number % VARIANTS]!
    const fields = this.#fields.map((each, at) => {
      const { name } = each
      const variant = (7 * number + at) % VARIANTS
      const field = this.#variants[variant]!.fields[this.#patternAt(each)]!
      const frozen = this.#book.inForce(this.#config.streams[0]!.name, name, number)
      if (frozen === null || field.table === null || field.table instanceof CellTable) return field
      const key = `${name} ${frozen.cut} ${variant}`
      const known = this.#cells.get(key) ?? { ...field, table: cellsOf(field.table, frozen) ?? field.table }
      this.#cells.set(key, known)
      return known
    })
    return { ...base, fields, segments: base.segments.map((segment, at) => this.#dealInside(segment, at, number)) }
  }

  /** What is missing inside a segment, dealt out as the fields are; the segment's own field stays where it is. */
  #dealInside(segment: SegmentTallies, segmentAt: number, number: number): SegmentTallies {
    const inside = (cohort: 0 | 1): InsideTallies => {
      const missing = this.#fields.flatMap((field, at) => {
        const variant = this.#variants[(7 * number + at) % VARIANTS]!
        const counts = variant.segments[segmentAt]!.cohorts[cohort].missing.get(this.#patternAt(field))
        return counts === undefined ? [] : [[at, counts] as const]
      })
      return { ...segment.cohorts[cohort], missing: new Map(missing) }
    }
    const field = this.#fields.findIndex(({ role }) => role === 'segment')
    return { field, value: segment.value, cohorts: [inside(0), inside(1)] }
  }

  #patternAt(field: FieldConfig): number {
    return this.#patterns.findIndex((pattern) => patternOf(pattern) === patternOf(field))
  }
}

export function sealed(slice: Slice): SealedSlice {
  return { slice, digest: `sha256:${slice.number}` }
}

const VARIANTS = 16
const START_MS = Date.parse('2026-03-02T00:00:00Z')
const SHAPE = { kind: 'shape', schemaId: 'bench', fields: [], timeUnit: null } as const
const EVENTS_PER_UNIT = 5
const SEGMENT_VALUES = 20

function patternOf({ kind, role }: FieldConfig): string {
  return `${kind} ${role}`
}

/** As the ledger's record would have it after the first day, but from the first slice on. */
function segmentsOf({ streams }: Config): SegmentsFrozen | null {
  const { name: stream, fields } = streams[0]!
  const declared = fields.filter(({ role }) => role === 'segment')
  if (declared.length === 0) return null
  const values = Array.from({ length: SEGMENT_VALUES }, (_, at) => segmentName(at)).sort()
  return {
    ...{ type: 'segments-frozen', stream, afterNumber: 0, fromMs: START_MS, fromNumber: 1 },
    fields: declared.map(({ name: field }) => ({ fieldStream: stream, field, values })),
  }
}

/** Every field of the configuration is filled; units come with a few events each. */
function variantOf(
  config: Config,
  events: number,
  nullShare: number,
  segments: SegmentsFrozen | null,
  variant: number,
): Tallies {
  const plan = planStream(config.streams[0]!, config)
  const random = new Random(`judge ${variant}`)
  const pane = new OpenPane(plan, new Counted(), segments && planSegments(plan, segments))
  const values = new Array<SlotValue>(plan.paths.length).fill(undefined)
  for (let unit = 0; unit < events / EVENTS_PER_UNIT; unit++) {
    const words = { first: random.word() >>> 0, second: random.word() >>> 0 }
    const effect = random.normal()
    for (let each = 0; each < EVENTS_PER_UNIT; each++) {
      for (const field of plan.fields) {
        const z = Math.sqrt(0.3) * effect + Math.sqrt(0.7) * random.normal()
        values[field.slot] = valueOf(field, random, z)
        if (field.role !== 'segment' && nullShare > 0 && random.uniform() < nullShare) values[field.slot] = null
      }
      pane.accept((unit % 2) as 0 | 1, words, SHAPE, values, false)
    }
  }
  return pane.close()
}

function valueOf({ kind, role }: FieldConfig, random: Random, z: number): SlotValue {
  if (role === 'segment') return segmentName(Math.floor(SEGMENT_VALUES * random.uniform()))
  switch (kind) {
    case 'numeric':
      return z
    case 'boolean':
      return z > 1
    case 'categorical':
      return categoryOf(random, z)
  }
}

function segmentName(at: number): string {
  return `market-${at}`
}

/** 400 names: more than a table can name, so they are hashed. */
function categoryOf(random: Random, z: number): string {
  return `item-${Math.floor(Math.min(399, Math.abs(z) * 60 + 100 * random.uniform()))}`
}
