import type { CellsFrozen } from '../ledger/record.ts'
import type { Pane, Tallies } from '../pane/pane.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { areSameSegments } from '../pane/segments.ts'
import { createTallies, mergeTallies } from '../pane/tallies.ts'
import { BinTable } from '../sketch/bin-table.ts'
import { CategoryTable } from '../sketch/category-table.ts'
import { cellsOf } from './cells-of.ts'

/**
 * The sums of a stream's panes, in the order given (by partition: the order of violations follows it), with their tables
 * written on the cells in force.
 */
export function mergePanes(
  plan: StreamPlan,
  panes: readonly Pane[],
  cellsInForce: (field: string) => CellsFrozen | null,
): Tallies {
  const tallies = panes.length === 1 ? withOwnFields(panes[0]!.tallies) : sumOf(plan, panes)
  // A partition that did not count would look like one where nothing happened.
  const [first] = panes
  const isCounted = panes.every((pane) => areSameSegments(pane.tallies.segments, first!.tallies.segments))
  if (!isCounted) tallies.segments = []
  tallies.fields.forEach((field, at) => {
    const { table } = field
    const cells = cellsInForce(plan.fields[at]!.name)
    if (cells === null || !(table instanceof BinTable || table instanceof CategoryTable)) return
    field.table = cellsOf(table, cells) ?? table
  })
  return tallies
}

function sumOf(plan: StreamPlan, panes: readonly Pane[]): Tallies {
  const tallies = createTallies(plan)
  for (const pane of panes) mergeTallies(tallies, pane.tallies)
  return tallies
}

/** The sum of one is that one: its sketches are taken as they are, and never changed. */
function withOwnFields(tallies: Tallies): Tallies {
  return { ...tallies, fields: tallies.fields.map((field) => ({ ...field })) }
}
