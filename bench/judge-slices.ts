import type { Config } from '../src/config/shape.ts'
import { sha256 } from '../src/ledger/digest.ts'
import type { CellsFrozen } from '../src/ledger/record.ts'
import { Counted } from '../src/pane/counted.ts'
import { OpenPane } from '../src/pane/open-pane.ts'
import type { Tallies } from '../src/pane/pane.ts'
import { planStream } from '../src/pane/plan.ts'
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
  readonly #config: Config
  readonly #variants: Tallies[]
  readonly #book: CellBook
  readonly #cells = new Map<string, Tallies['fields'][number]>()
  readonly #fields: readonly { name: string; kind: string }[]
  #number = 0

  /** @param events of a slice, both cohorts together */
  constructor(config: Config, events: number) {
    const [stream] = config.streams
    this.#config = config
    this.#fields = stream!.fields
    this.#book = new CellBook(stream!.name, config.panes.lengthMs, [planOf(config)])
    this.#variants = Array.from({ length: VARIANTS }, (_, variant) => variantOf(config, events, variant))
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
    const fields = this.#fields.map(({ name, kind }, at) => {
      const variant = (7 * number + at) % VARIANTS
      const field = this.#variants[variant]!.fields[this.#fields.findIndex((each) => each.kind === kind)]!
      const frozen = this.#book.inForce(this.#config.streams[0]!.name, name, number)
      if (frozen === null || field.table === null || field.table instanceof CellTable) return field
      const key = `${name} ${frozen.cut} ${variant}`
      const known = this.#cells.get(key) ?? { ...field, table: cellsOf(field.table, frozen) ?? field.table }
      this.#cells.set(key, known)
      return known
    })
    return { ...base, fields }
  }
}

export function sealed(slice: Slice): SealedSlice {
  return { slice, digest: `sha256:${slice.number}` }
}

const VARIANTS = 16
const START_MS = Date.parse('2026-03-02T00:00:00Z')
const SHAPE = { kind: 'shape', schemaId: 'bench', fields: [], timeUnit: null } as const
const EVENTS_PER_UNIT = 5

/** One field of each kind that the configuration has is filled; all others are made of it. */
function variantOf(config: Config, events: number, variant: number): Tallies {
  const plan = planStream(config.streams[0]!, config)
  const random = new Random(`judge ${variant}`)
  const pane = new OpenPane(plan, new Counted())
  const firsts = [...new Set(plan.fields.map(({ kind }) => kind))].map((kind) =>
    plan.fields.find((each) => each.kind === kind)!,
  )
  const values = new Array<number | string | boolean | undefined>(plan.paths.length).fill(undefined)
  for (let unit = 0; unit < events / EVENTS_PER_UNIT; unit++) {
    const words = { first: random.word() >>> 0, second: random.word() >>> 0 }
    const effect = random.normal()
    for (let each = 0; each < EVENTS_PER_UNIT; each++) {
      for (const { kind, slot } of firsts) {
        const z = Math.sqrt(0.3) * effect + Math.sqrt(0.7) * random.normal()
        values[slot] = kind === 'numeric' ? z : kind === 'boolean' ? z > 1 : categoryOf(random, z)
      }
      pane.accept((unit % 2) as 0 | 1, words, SHAPE, values, false)
    }
  }
  return pane.close()
}

/** 400 names: more than a table can name, so they are hashed. */
function categoryOf(random: Random, z: number): string {
  return `item-${Math.floor(Math.min(399, Math.abs(z) * 60 + 100 * random.uniform()))}`
}
