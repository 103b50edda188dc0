import { Assembler } from '../assemble.ts'
import type { Baseline } from '../baseline/baseline.ts'
import { cellsFrom } from '../baseline/cells-from.ts'
import { paneConfigDigest } from '../config/pane-config.ts'
import type { Config } from '../config/shape.ts'
import { streamGroups } from '../config/stream-groups.ts'
import { createDecoder } from '../decode/create-decoder.ts'
import { createJudge } from '../judge.ts'
import { planStream } from '../pane/plan.ts'
import type { SchemaSource } from '../registry/registry.ts'
import { version } from '../version.ts'
import { RecentDrift } from '../view/recent-drift.ts'
import { StreamTotals } from '../view/stream-totals.ts'
import { StreamTrail } from '../view/stream-trail.ts'
import type { CurrentEras } from './current-era.ts'
import type { GroupState } from './follower.ts'
import type { NextEra, ObservedStream } from './observed-partition.ts'

/**
 * Everything pure that one configuration asks for, before any I/O.
 *
 * @param eras what the ledger says of panes, where that was asked
 */
export function createGroups(
  file: Config,
  baseline: Baseline | null = null,
  eras: CurrentEras = NO_ERAS,
): GroupState[] {
  return groupsWithConfigs(file, eras).map(({ group, config, fromMs }) => ({
    config,
    name: group.name,
    streams: group.streams.map(({ name }) => name),
    assembler: new Assembler({
      streams: group.streams.map((stream) => planStream(stream, config)),
      panes: config.panes,
      paneConfigDigest: paneConfigDigest(group, config),
      ...(fromMs === undefined ? {} : { fromMs }),
      countsSegments: config.policy.segments === 'auto',
      cellsOfBaseline: (stream, field) => cellsFrom(baseline, stream, field),
    }),
    judge: createJudge(config, group.streams, { codeVersion: version, baseline }),
    folded: 0,
    gap: null,
    isTailUnread: false,
    written: new Map(),
    due: [],
    totals: new Map(group.streams.map((stream) => [stream.name, new StreamTotals(stream)])),
    drift: new Map(group.streams.map((stream) => [stream.name, new RecentDrift(stream)])),
    trails: new Map(group.streams.map((stream) => [stream.name, new StreamTrail(stream)])),
  }))
}

export function observedStreams(
  file: Config,
  schemas: Pick<SchemaSource, 'lookup'>,
  eras: CurrentEras = NO_ERAS,
): ObservedStream[] {
  return groupsWithConfigs(file, eras).flatMap(({ group, config, fromMs }) =>
    group.streams.map((stream) => {
      const plan = planStream(stream, config)
      return {
        group: group.name,
        config: stream,
        plan,
        panes: config.panes,
        paneConfigDigest: paneConfigDigest(group, config),
        fromMs: fromMs ?? null,
        decoder: createDecoder(plan, schemas.lookup, config.limits),
      }
    }),
  )
}

/** The era that the ledger, as far as the assembler has heard of it, announces. */
export function nextEraOf({ era }: Pick<Assembler, 'era'>): NextEra | null {
  if (era.nextWatch === null) return null
  const { fromMs, lengthMs } = era.nextWatch
  return { fromMs, neededFromMs: fromMs - lengthMs }
}

const NO_ERAS: CurrentEras = new Map()

/** Each group with the configuration of its era; where the ledger was not asked, with that of the file. */
function groupsWithConfigs(file: Config, eras: CurrentEras) {
  return streamGroups(file).map((own) => {
    const era = eras.get(own.name)
    const group = era === undefined ? own : streamGroups(era.config).find(({ name }) => name === own.name)!
    return { group, config: era?.config ?? file, fromMs: era?.fromMs }
  })
}
