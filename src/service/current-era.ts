import { configOfEra } from '../config/era-config.ts'
import type { Config } from '../config/shape.ts'
import { streamGroups } from '../config/stream-groups.ts'
import type { EraBook } from '../ledger/era-book.ts'
import type { PanesConfigured } from '../ledger/record.ts'

/** The era that an instance runs a group of streams in, from one start to the next. */
export interface CurrentEra {
  /** The instance's configuration as the ledger has its panes now. */
  config: Config
  /** Where the era begins; null: with its first pane. */
  fromMs: number | null
}

/** By group. What is announced and has not begun is nobody's era yet. */
export type CurrentEras = ReadonlyMap<string, CurrentEra>

export function currentEras(config: Config, eras: EraBook): CurrentEras {
  const records = new Map(streamGroups(config).map(({ name }) => [name, currentOf(eras, name)]))
  const others = [...records.values()].filter((each) => each !== null)
  return new Map(
    [...records].flatMap(([name, own]) =>
      own === null ? [] : [[name, { config: configOfEra(config, own, others), fromMs: own.fromMs }] as const],
    ),
  )
}

/** The last one that has begun, or the first. */
function currentOf(eras: EraBook, group: string): PanesConfigured | null {
  const all = eras.of(group)
  return (all.findLast(({ hasBegun }) => hasBegun) ?? all[0])?.record ?? null
}
