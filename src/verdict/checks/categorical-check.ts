import { strongestCells } from '../../evidence/field-contrasts.ts'
import type { Term } from '../../evidence/term.ts'
import type { CellsFrozen } from '../../ledger/record.ts'
import type { CategoryCounts } from '../../sketch/category-counts.ts'
import { hashBin } from '../../slice/cells-of.ts'
import type { Slice } from '../../slice/slice.ts'
import { listed, percent, quoted } from '../figures.ts'
import type { Question, Reading } from '../question.ts'
import { subjectOf } from '../subject.ts'
import { CellsCheck, sharesOf } from './cells-check.ts'
import type { CellTeller } from './cells-check.ts'
import { fieldOf } from './context.ts'
import type { CheckContext } from './context.ts'
import { distributionQuestions } from './distribution-questions.ts'

type BothCohorts<T> = readonly [control: T, candidate: T]

/** categorical (statistics.md 10); for a field of role segment the same cells under the name of representation. */
export function categoricalCheck(context: CheckContext, fieldAt: number): CellsCheck {
  const { stream, budget, begin } = context
  const { name, role } = stream.fields[fieldAt]!
  const check = role === 'segment' ? 'representation' : 'categorical'
  return new CellsCheck({
    subject: subjectOf(stream.name, check, name),
    fieldAt,
    levels: budget.levels,
    begin,
    questionsOf: (frozen) => distributionQuestions(context, check, frozen),
    tellerOf: (frozen) => new CategoryTeller(frozen, stream.name, fieldAt),
  })
}

/** So many unknown names are remembered for sentences; all of them are counted in the cell. */
const NEW_NAMES_MAX = 64
/** So many names of the latest slices are kept to give a hash bin its face: of sparse slices many, of crowded ones the last. */
const RECENT_NAMES_MAX = 4096

/** Names of cells, and the names behind `new` and behind a hash bin, as the slices bring them. */
export class CategoryTeller implements CellTeller {
  readonly #names: readonly string[] | null
  readonly #known: ReadonlySet<string>
  readonly #stream: string
  readonly #fieldAt: number
  readonly #newNames = new Map<string, { count: number; lastSlice: number }>()
  /** Hashed: the latest slices' names, oldest first. */
  readonly #recent: RecentNames[] = []
  #recentSize = 0

  constructor({ cells }: CellsFrozen, stream: string, fieldAt: number) {
    this.#names = cells.kind === 'names' ? cells.names : null
    this.#known = new Set(this.#names ?? [])
    this.#stream = stream
    this.#fieldAt = fieldAt
  }

  add(slice: Slice): void {
    const { categories } = fieldOf(slice, this.#stream, this.#fieldAt)
    if (this.#names === null) return this.#keep(categories)
    for (const counts of categories ?? []) {
      for (const [name, count] of counts.entries()) if (!this.#known.has(name)) this.#addNew(name, count, slice.number)
    }
  }

  tell(term: Term, { kind, cell }: Question, _reading: Reading, start: number): string {
    const cells = kind === 'omnibus' ? strongestCells(term, 3) : [cell]
    return cells.map((each) => this.#tellCell(term, each, start)).join('; ')
  }

  #tellCell(term: Term, cell: number, start: number): string {
    const [control, candidate] = sharesOf(term, cell)
    return `${percent(candidate)} of candidate values are ${this.nameOf(cell, start)} against ${percent(control)} of control`
  }

  nameOf(cell: number, start: number): string {
    if (this.#names === null) return `in hash bin ${cell}${inBrackets(this.#namesInBin(cell))}`
    const name = this.#names[cell]
    if (name !== undefined) return quoted(name)
    const since = [...this.#newNames].filter(([, { lastSlice }]) => lastSlice > start)
    return `new names${inBrackets(byCount(since.map(([each, { count }]) => [each, count])))}`
  }

  #addNew(name: string, count: number, lastSlice: number): void {
    const known = this.#newNames.get(name)
    if (known === undefined && this.#newNames.size >= NEW_NAMES_MAX) return
    this.#newNames.set(name, { count: (known?.count ?? 0) + count, lastSlice })
  }

  #keep(names: BothCohorts<CategoryCounts> | null): void {
    if (names === null) return
    const recent = new RecentNames(names)
    this.#recent.push(recent)
    this.#recentSize += recent.size
    while (this.#recentSize > RECENT_NAMES_MAX && this.#recent.length > 1)
      this.#recentSize -= this.#recent.shift()!.size
  }

  /** What is behind a hash bin: first the names whose shares lie furthest apart between the cohorts, for one of them moved it. */
  #namesInBin(bin: number): string[] {
    const pooled = new Map<string, [control: number, candidate: number]>()
    const totals = [0, 0]
    for (const recent of this.#recent) {
      const inBin = recent.inBin(bin)
      for (const cohort of [0, 1] as const) {
        totals[cohort]! += inBin[cohort].total
        for (const [name, count] of inBin[cohort].names) {
          const counts = pooled.get(name) ?? [0, 0]
          counts[cohort] += count
          pooled.set(name, counts)
        }
      }
    }
    const shareOf = (count: number, cohort: 0 | 1): number => (totals[cohort] === 0 ? 0 : count / totals[cohort]!)
    return byCount([...pooled].map(([name, [a, b]]) => [name, Math.abs(shareOf(b, 1) - shareOf(a, 0))]))
  }
}

/** One slice's names. Sentences are asked for at every look, and of the same few bins: what these hold is found once. */
class RecentNames {
  readonly size: number
  readonly #names: BothCohorts<CategoryCounts>
  readonly #bins = new Map<number, BothCohorts<NamesInBin>>()

  constructor(names: BothCohorts<CategoryCounts>) {
    this.#names = names
    this.size = names[0].size + names[1].size
  }

  inBin(bin: number): BothCohorts<NamesInBin> {
    let found = this.#bins.get(bin)
    if (found === undefined) {
      found = [namesInBin(this.#names[0], bin), namesInBin(this.#names[1], bin)]
      this.#bins.set(bin, found)
    }
    return found
  }
}

interface NamesInBin {
  names: readonly (readonly [name: string, count: number])[]
  /** Of all bins. */
  total: number
}

function namesInBin(counts: CategoryCounts, bin: number): NamesInBin {
  const entries = counts.unordered()
  const total = entries.reduce((sum, [, count]) => sum + count, counts.other)
  return { names: entries.filter(([name]) => hashBin(name) === bin), total }
}

/** Largest first. */
function byCount(names: readonly [name: string, count: number][]): string[] {
  return [...names]
    .sort(([left, leftCount], [right, rightCount]) => rightCount - leftCount || (left < right ? -1 : 1))
    .map(([name]) => name)
}

function inBrackets(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (${listed(names.map(quoted))})`
}
