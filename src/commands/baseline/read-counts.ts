import type { Config } from '../../config/shape.ts'
import type { Slice } from '../../slice/slice.ts'
import { whole } from '../../verdict/figures.ts'
import { EventCounts } from '../../view/event-counts.ts'

/** What became of all records: not everything that stands in the input is in a baseline. */
export class ReadCounts {
  readonly #streams: ReadonlyMap<string, EventCounts>

  constructor({ streams }: Pick<Config, 'streams'>) {
    this.#streams = new Map(streams.map(({ name }) => [name, new EventCounts()]))
  }

  add(slice: Slice): void {
    for (const { name, tallies } of slice.streams) this.#streams.get(name)!.add(tallies)
  }

  toString(): string {
    const lines = [...this.#streams].map(([name, { events, violations }]) => {
      const { read, accepted, duplicates, rejected, late, synthetic } = events
      const broken = [...violations].sort(([left], [right]) => (left < right ? -1 : 1)).map(([reason, count]) => `${reason} ${whole(count)}`) // prettier-ignore
      const why = broken.length === 0 ? '' : `; violations: ${broken.join(', ')}`
      return `records   ${name}: ${whole(read)} read: ${whole(accepted)} accepted (${whole(duplicates)} duplicates), ${whole(rejected)} rejected, ${whole(late)} late, ${whole(synthetic)} synthetic${why}\n`
    })
    return lines.join('')
  }
}
