import type { Config } from '../../config/shape.ts'
import { CANDIDATE, CONTROL } from '../../pane/pane.ts'
import { tallyTotals } from '../../pane/tallies.ts'
import type { Slice } from '../../slice/slice.ts'
import { whole } from '../../verdict/figures.ts'

const KINDS = ['read', 'accepted', 'duplicates', 'rejected', 'late', 'synthetic'] as const

/** What became of all records: not everything that stands in the input is in a baseline. */
export class ReadCounts {
  readonly #streams: ReadonlyMap<string, { totals: Record<string, number>; violations: Map<string, number> }>

  constructor({ streams }: Pick<Config, 'streams'>) {
    this.#streams = new Map(streams.map(({ name }) => [name, { totals: {}, violations: new Map() }]))
  }

  add(slice: Slice): void {
    for (const { name, tallies } of slice.streams) {
      const { totals, violations } = this.#streams.get(name)!
      const own = tallyTotals(tallies)
      for (const kind of KINDS) totals[kind] = (totals[kind] ?? 0) + own[kind]
      for (const { reason, counts, outside } of tallies.violations) {
        const count = counts[CONTROL].total + counts[CANDIDATE].total + outside
        violations.set(reason, (violations.get(reason) ?? 0) + count)
      }
    }
  }

  toString(): string {
    const lines = [...this.#streams].map(([name, { totals, violations }]) => {
      const of = (kind: (typeof KINDS)[number]): string => whole(totals[kind] ?? 0)
      const broken = [...violations].sort(([left], [right]) => (left < right ? -1 : 1)).map(([reason, count]) => `${reason} ${whole(count)}`) // prettier-ignore
      const why = broken.length === 0 ? '' : `; violations: ${broken.join(', ')}`
      return `records   ${name}: ${of('read')} read: ${of('accepted')} accepted (${of('duplicates')} duplicates), ${of('rejected')} rejected, ${of('late')} late, ${of('synthetic')} synthetic${why}\n`
    })
    return lines.join('')
  }
}
