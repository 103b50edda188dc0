import type { Term } from '../../evidence/term.ts'
import type { Slice } from '../../slice/slice.ts'
import type { ComparedCheck } from '../drift-watch.ts'
import type { Comparison, Question } from '../question.ts'
import { subjectOf } from '../subject.ts'
import type { Subject } from '../subject.ts'
import type { CheckContext } from './context.ts'
import { ratesOf, tellShares } from './rate-check.ts'
import { SchemaBook } from './schema-book.ts'

/** schema, candidate against control: of all violations, and of each field; a field's reasons are its contrasts. */
export function schemaChecks(context: CheckContext): ComparedCheck[] {
  const { stream } = context
  const book = new SchemaBook(context)
  const rates = stream.engagement.flatMap((metric) => (metric.kind === 'rate' ? [metric.field] : []))
  const fields = [...new Set([...stream.fields.map(({ name }) => name), ...rates, stream.eventTime.field])]
  return [new SchemaCheck(context, book, null), ...fields.map((field) => new SchemaCheck(context, book, field))]
}

class SchemaCheck implements ComparedCheck {
  readonly subject: Subject
  readonly streams: readonly string[]
  readonly waitingFor = 'no record has been counted yet'
  readonly eventNoun = 'records'
  readonly begin: number
  readonly #book: SchemaBook

  constructor({ stream, begin }: CheckContext, book: SchemaBook, field: string | null) {
    this.subject = subjectOf(stream.name, 'schema', field)
    this.streams = [stream.name]
    this.begin = begin
    this.#book = book
  }

  get comparisons(): readonly Comparison[] {
    return this.subject.field === null ? [this.#book.all] : this.#book.comparisonsOf(this.subject.field)
  }

  add(slice: Slice): void {
    this.#book.add(slice)
  }

  tell(term: Term, { key }: Question): string {
    const predicate = key === 'all' || key === 'none' ? 'violate the schema' : `are ${key}`
    const { control, candidate } = ratesOf(term)
    return tellShares('records', predicate)(control, candidate)
  }
}
