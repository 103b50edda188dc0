import type { CellsWithCounts } from '../slice/freeze-cells.ts'
import type { Baseline } from './baseline.ts'

/**
 * The cells that a verified baseline gives a field at once (statistics.md 2.1); null: it has none, and the field is cut from
 * its own first slices.
 */
export function cellsFrom(baseline: Baseline | null, stream: string, field: string): CellsWithCounts | null {
  if (baseline === null || baseline.verified === null) return null
  const metric = baseline.streams
    .find(({ name }) => name === stream)
    ?.metrics.find(({ measure, name }) => measure === 'values' && name === field)
  if (metric === undefined || metric.cells === null || metric.counts === null) return null
  return { cells: metric.cells, counts: metric.counts }
}
