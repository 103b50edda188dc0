import assert from 'node:assert/strict'
import { strongestCells } from '../../evidence/field-contrasts.ts'
import { scoreTables } from '../../evidence/quantile-cuts.ts'
import type { Term } from '../../evidence/term.ts'
import { cellTerm } from '../../evidence/terms.ts'
import { WindowSums } from '../../evidence/window-sums.ts'
import type { CellsFrozen } from '../../ledger/record.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import { CellTable } from '../../sketch/cell-table.ts'
import type { BinTable } from '../../sketch/bin-table.ts'
import type { CategoryTable } from '../../sketch/category-table.ts'
import { cellCount, cellsOf } from '../../slice/cells-of.ts'
import type { Slice } from '../../slice/slice.ts'
import type { ComparedCheck } from '../drift-watch.ts'
import { listed, percent, whole } from '../figures.ts'
import type { Comparison, Question, Reading } from '../question.ts'
import type { Subject } from '../subject.ts'
import { fieldOf } from './context.ts'

/** What makes one check of cells differ from another. */
export interface CellsPlan {
  subject: Subject
  fieldAt: number
  levels: number
  begin: number
  questionsOf(frozen: CellsFrozen): readonly Question[]
  tellerOf(frozen: CellsFrozen): CellTeller
}

/** Says what moved; sees every slice's names and values, so that it can name what the cells do not. */
export interface CellTeller {
  add(slice: Slice): void
  tell(term: Term, question: Question, reading: Reading, start: number): string
  /** As it is called in a list: `in (1, 2]`, `"de"`, `new names ("xx")`. */
  nameOf(cell: number, start: number): string
}

/**
 * A check of a field's distribution over its frozen cells: numeric, categorical, representation.
 *
 *   slice    1    2    3  │ 4 …            288 │ 289 …
 *           finer tables  │ tables of cut 1    │ of cut 2
 *           ─ wait here ──┘                    └─ sums anew from 289: no window spans the cut
 *
 * Slices before the first cut wait as they came; the cut's record puts them on its cells, back to the stream's first slice.
 * The same for a slice of hashed names that meets cells of names: it waits for the record of hash bins, which holds from it on.
 *
 * What waits stays small: a field is cut at 2,000 values, so at most that many and one slice's more, in tables as wide as they
 * have non-empty bins; slices without values wait in no table. After the cut: `WindowSums`, 0.9 MB for 18 cells, 3.1 MB for 64.
 */
export class CellsCheck implements ComparedCheck {
  readonly eventNoun = 'values'
  readonly #plan: CellsPlan
  #frozen: CellsFrozen | null = null
  /** Known, and not yet in force. */
  #next: CellsFrozen | null = null
  #sums: WindowSums | null = null
  #teller: CellTeller | null = null
  #comparisons: readonly Comparison[] = []
  #scores: readonly Float64Array[] = []
  #waiting: { number: number; table: BinTable | CategoryTable }[] = []
  #waitingValues = 0
  #last: Slice | null = null
  #T: number

  constructor(plan: CellsPlan) {
    this.#plan = plan
    this.#T = plan.begin
  }

  get subject(): Subject {
    return this.#plan.subject
  }

  get streams(): readonly string[] {
    return [this.#plan.subject.stream]
  }

  get begin(): number {
    return this.#plan.begin
  }

  get comparisons(): readonly Comparison[] {
    return this.#comparisons
  }

  get waitingFor(): string {
    return `no cells yet: ${whole(this.#waitingValues)} of at least 2,000 values, from ${this.#waiting.length} of at least 3 slices`
  }

  add(slice: Slice): void {
    if (this.#next !== null && this.#next.fromNumber <= slice.number) this.#take(this.#next)
    this.#T = slice.number
    this.#last = slice
    if (this.#sums === null) this.#wait(slice)
    else this.#addTable(this.#sums, this.#tableOf(slice))
    this.#teller?.add(slice)
  }

  /** Cells that hold from a slice to come are taken then: the last slice is still judged on those that hold now. */
  freeze(body: CellsFrozen): boolean {
    if (body.fieldStream !== this.#plan.subject.stream || body.field !== this.#plan.subject.field) return false
    // Two instances may have written the same cut; the first stands.
    if (body.cut !== ((this.#next ?? this.#frozen)?.cut ?? 0) + 1) return false
    if (body.fromNumber > this.#T && this.#frozen !== null) this.#next = body
    else this.#take(body)
    return true
  }

  tell(term: Term, question: Question, reading: Reading, start: number): string {
    return this.#teller!.tell(term, question, reading, start)
  }

  /**
   * A moved body or a changed shape is many cells' doing. Of a single cell, where its share went or came from: what changed at
   * least half as much, for when one cell grows all others shrink a little.
   */
  contributors(term: Term, { kind, cell }: Question, start: number): string {
    if (kind !== 'location' && kind !== 'spread' && kind !== 'cell') return ''
    const changeOf = (each: number): number => {
      const [control, candidate] = sharesOf(term, each)
      return Math.abs(candidate - control)
    }
    const cells = strongestCells(term, CONTRIBUTORS_MAX).filter(
      (each) => kind !== 'cell' || (each !== cell && changeOf(each) >= changeOf(cell) / 2),
    )
    if (cells.length === 0) return ''
    const named = cells.map((each) => {
      const [control, candidate] = sharesOf(term, each)
      return `${this.#teller!.nameOf(each, start)} (${percent(candidate)} against ${percent(control)})`
    })
    return `; ${kind === 'cell' ? 'besides' : 'most of it'} ${listed(named)}`
  }

  /** The cells hold from slice `fromNumber` on: what waits from there on is judged with them, what came before is not. */
  #take(body: CellsFrozen): void {
    const begin = Math.max(body.fromNumber - 1, this.#plan.begin)
    const waiting = new Map(this.#waiting.map(({ number, table }) => [number, table]))
    const questions = this.#plan.questionsOf(body)
    const { p1, p2 } = scoreTables(body.counts)
    this.#scores = questions.some(({ kind }) => kind === 'location') ? [p1, p2] : []
    const shape = { buckets: BUCKETS, bins: cellCount(body.cells), tables: this.#scores.length }
    const sums = new WindowSums({ ...shape, levels: this.#plan.levels, begin })
    this.#frozen = body
    this.#next = null
    for (let number = begin + 1; number <= this.#T; number++) {
      const table = waiting.get(number)
      this.#addTable(sums, table === undefined ? null : cellsOf(table, body))
    }

    this.#sums = sums
    this.#waiting = []
    this.#comparisons = [{ questions, scores: this.#scores, scale: 'absolute', sums }]
    this.#teller = this.#plan.tellerOf(body)
    if (this.#last !== null) this.#teller.add(this.#last)
  }

  #wait(slice: Slice): void {
    const { table } = fieldOf(slice, this.#plan.subject.stream, this.#plan.fieldAt)
    if (table === null || table instanceof CellTable) return
    const values = valuesIn(table)
    if (values === 0) return
    this.#waiting.push({ number: slice.number, table })
    this.#waitingValues += values
  }

  #tableOf(slice: Slice): CellTable | null {
    const { table } = fieldOf(slice, this.#plan.subject.stream, this.#plan.fieldAt)
    if (table === null) return null
    if (table instanceof CellTable) {
      const { cut } = this.#frozen!
      // The ledger has lost the record of its cells: nobody can say what it counts.
      if (table.cut > cut) return null
      assert.equal(table.cut, cut, `slice ${slice.number}: a table of cut ${table.cut} while cut ${cut} holds`)
      return table
    }
    const binned = cellsOf(table, this.#frozen!)
    // Hashed names in cells of names: the record of hash bins, made after this slice, will hold from it on.
    if (binned === null) this.#waiting = [{ number: slice.number, table }]
    return binned
  }

  /** A cohort without any value makes a slice that compares nothing. */
  #addTable(sums: WindowSums, table: CellTable | null): void {
    const [control, candidate] = [table?.countsOf(0) ?? null, table?.countsOf(1) ?? null]
    if (table === null || control === null || candidate === null) return sums.add(null)
    const known = [table.sumsOf(0), table.sumsOf(1)] as const
    sums.addWritten((term) => cellTerm(control, candidate, BUCKETS, table.cells, this.#scores, term, known))
  }
}

/** A cell's shares in control and candidate over a window. */
export function sharesOf(term: Term, cell: number): [control: number, candidate: number] {
  const share = (cohort: 0 | 1): number => {
    const total = term.counts[cohort].reduce((sum, count) => sum + count, 0)
    return total === 0 ? 0 : term.counts[cohort][cell]! / total
  }
  return [share(0), share(1)]
}

const CONTRIBUTORS_MAX = 3

function valuesIn(table: BinTable | CategoryTable): number {
  const bins = 'indices' in table ? table.indices.length : table.bins
  let values = 0
  for (const cohort of [0, 1] as const) {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (let bin = 0; bin < bins; bin++) values += table.count(cohort, bucket, bin)
    }
  }
  return values
}
