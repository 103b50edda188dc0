import type { PanesConfig } from '../config/shape.ts'
import { MonitorError } from '../errors.ts'
import type { WatchStarted } from '../ledger/record.ts'
import type { Pane } from '../pane/pane.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { fitsPlan } from '../pane/tallies.ts'
import type { CellsWithCounts } from './freeze-cells.ts'
import type { Slice } from './slice.ts'

/** Streams joined by a ratio metric, with what the configuration says about their panes. One slice holds them all. */
export interface GroupPlan {
  /** In the order of `streamGroups`; the first one names the group, and is the key of its records. */
  streams: readonly StreamPlan[]
  panes: PanesConfig
  paneConfigDigest: string
  /** Where its era begins; null: with its first pane; left out: there are no eras. */
  fromMs?: number | null
  /** Whether the policy wants declared segments counted inside; left out: no. */
  countsSegments?: boolean
  /** The cells that a verified baseline gives a field; left out: there is none. */
  cellsOfBaseline?: (stream: string, field: string) => CellsWithCounts | null
}

/** Whether a pane was counted by this very configuration. */
export function isPaneOf(group: GroupPlan, pane: Pane): boolean {
  const { paneConfigDigest, panes, streams } = group
  const plan = streams.find(({ stream }) => stream === pane.stream)
  return (
    plan !== undefined &&
    pane.paneConfigDigest === paneConfigDigest &&
    pane.lengthMs === panes.lengthMs &&
    pane.startMs % panes.lengthMs === 0 &&
    fitsPlan(pane.tallies, plan)
  )
}

/** Whether a slice stands at its place in the group's watch. */
export function isSliceOf({ streams, paneConfigDigest }: GroupPlan, watch: WatchStarted | null, slice: Slice): boolean {
  return (
    watch !== null &&
    slice.stream === watch.stream &&
    slice.paneConfigDigest === paneConfigDigest &&
    slice.lengthMs === watch.lengthMs &&
    slice.startMs === watch.fromMs + (slice.number - 1) * watch.lengthMs &&
    slice.streams.length === streams.length &&
    slice.streams.every(({ name, tallies }, at) => name === streams[at]!.stream && fitsPlan(tallies, streams[at]!))
  )
}

/** The watch that a slice says it is of; null: of none that could be the group's. */
export function watchOf(group: GroupPlan, slice: Slice): WatchStarted | null {
  const { stream, startMs, lengthMs, number, paneConfigDigest } = slice
  const fromMs = startMs - (number - 1) * lengthMs
  const watch: WatchStarted = { type: 'watch-started', stream, fromMs, lengthMs, paneConfigDigest }
  return isSliceOf(group, watch, slice) ? watch : null
}

/** What shapes panes cannot change under a running watch: such an instance must not start. */
export function checkConfig({ paneConfigDigest, panes }: GroupPlan, watch: WatchStarted): void {
  if (watch.paneConfigDigest === paneConfigDigest && watch.lengthMs === panes.lengthMs) return
  throw new MonitorError(
    'EVENKEEL_PANE_CONFIG_CHANGED',
    `stream ${JSON.stringify(watch.stream)} is watched since ${new Date(watch.fromMs).toISOString()} ` +
      `with another configuration of panes (${watch.paneConfigDigest})`,
  )
}
