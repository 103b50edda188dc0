import type { Assembler } from '../assemble.ts'
import type { Baseline } from '../baseline/baseline.ts'
import { paneConfigDigest } from '../config/pane-config.ts'
import type { Config } from '../config/shape.ts'
import { streamGroups } from '../config/stream-groups.ts'
import { EraBook, isEraBody, isOfEras } from '../ledger/era-book.ts'
import type { LedgerBody, WatchStarted } from '../ledger/record.ts'
import type { StreamPlan } from '../pane/plan.ts'
import type { SchemaSource } from '../registry/registry.ts'
import { currentEras } from '../service/current-era.ts'
import type { CurrentEras } from '../service/current-era.ts'
import type { GroupState } from '../service/follower.ts'
import { createGroups, observedStreams } from '../service/groups.ts'
import type { ObservedStream } from '../service/observed-partition.ts'
import { RecordedPanes } from './recorded-panes.ts'

/** One era of a group of streams: a stretch of event time in which its panes have one shape, and all that makes its record again. */
export interface VerifiedEra {
  /** Of the group. */
  name: string
  /** With the configuration that instances had then: of panes the ledger's, of everything else the file's. */
  state: GroupState
  /** Of the shape of its panes. */
  digest: string
  /** null: the ledger knows of none, so there should be no slice. */
  watch: WatchStarted | null
  /** What the ledger says from the start of its watch to that of the next. */
  own: readonly LedgerBody[]
  plans: readonly StreamPlan[]
  observed: readonly ObservedStream[]
  /** Cuts cells anew; null where nobody can say when that was due. */
  cells: Assembler | null
  /** What the panes topic has of it. */
  panes: RecordedPanes
}

/**
 * All eras of every group that have begun, in order. The record of an era holds the whole shape of its panes, so each is made again
 * with its own, whichever of the files is given.
 */
export function erasToVerify(options: {
  config: Config
  baseline: Baseline | null
  ledger: readonly LedgerBody[]
  schemas: Pick<SchemaSource, 'lookup'>
}): VerifiedEra[] {
  const { config, ledger } = options
  return streamGroups(config).flatMap(({ name }) =>
    stretchesOf(name, config, ledger).map((stretch) => eraOf(name, stretch, options)),
  )
}

/** The era that a time falls into; the newest for what is behind an announced end, where nobody judges it. */
export function eraAt<T extends { state: Pick<GroupState, 'streams' | 'assembler'> }>(
  eras: readonly T[],
  stream: string,
  timeMs: number,
): T | undefined {
  const own = eras.filter(({ state }) => state.streams.includes(stream))
  return own.find(({ state }) => state.assembler.era.holds(timeMs)) ?? own.at(-1)
}

/** The era that an observer was in who counted by this digest and had closed so much. */
export function eraOfObserver(
  eras: readonly VerifiedEra[],
  stream: string,
  digest: string,
  closedThroughMs: number | null,
): VerifiedEra | undefined {
  const isIn = ({ state: { assembler } }: VerifiedEra): boolean =>
    closedThroughMs === null ||
    (closedThroughMs >= (assembler.era.fromMs ?? -Infinity) && closedThroughMs <= assembler.era.endMs)
  return eras.find((era) => era.digest === digest && era.state.streams.includes(stream) && isIn(era))
}

/** A stretch of the ledger through which every instance runs a group in one era. */
interface Stretch {
  /** Of all groups, as who starts towards its end finds them. */
  eras: CurrentEras
  /** From the very beginning to where the watch of the next era starts. */
  ledger: readonly LedgerBody[]
}

function stretchesOf(group: string, config: Config, ledger: readonly LedgerBody[]): Stretch[] {
  const book = new EraBook()
  const stretches: Stretch[] = []
  for (const [at, body] of ledger.entries()) {
    if (!isOfEras(body)) continue
    const before = currentEras(config, book)
    book.take(body)
    const [was, is] = [before, currentEras(config, book)].map((eras) => eras.get(group)?.fromMs)
    if (body.type === 'watch-started' && was !== undefined && was !== is)
      stretches.push({ eras: before, ledger: ledger.slice(0, at) })
  }
  return [...stretches, { eras: currentEras(config, book), ledger }]
}

function eraOf(
  name: string,
  { eras, ledger }: Stretch,
  { config: file, baseline, schemas }: { config: Config; baseline: Baseline | null; schemas: Pick<SchemaSource, 'lookup'> }, // prettier-ignore
): VerifiedEra {
  const groupNow = (): GroupState => createGroups(file, baseline, eras).find((each) => each.name === name)!
  const state = groupNow()
  for (const body of ledger) {
    if (isEraBody(body) && body.stream === name) state.assembler.era.heed(body)
    else state.assembler.addLedger(body)
  }
  // With a baseline the moment of a cut depends on when that was configured.
  const knowsCells = baseline === null && !ledger.some(({ type }) => type === 'baseline-verified')
  const startedAt = ledger.findLastIndex((body) => body.type === 'watch-started' && body.stream === name)
  const group = streamGroups(state.config).find((each) => each.name === name)!
  const observed = observedStreams(file, schemas, eras).filter((each) => each.group === name)
  return {
    ...{ name, state, observed },
    digest: paneConfigDigest(group, state.config),
    watch: state.assembler.started,
    own: ledger.slice(Math.max(0, startedAt)),
    plans: observed.map(({ plan }) => plan),
    cells: knowsCells ? groupNow().assembler : null,
    panes: new RecordedPanes(),
  }
}
