import { binContrast, omnibusContrast, scoreContrast } from '../../src/evidence/contrasts.ts'
import { scoreTables } from '../../src/evidence/quantile-cuts.ts'
import { cellTerm } from '../../src/evidence/terms.ts'
import { WindowSums } from '../../src/evidence/window-sums.ts'

interface EvidenceSequenceInput {
  levels: number
  referenceCounts: number[]
  panes: [control: number[][], candidate: number[][]][]
}

/** The ladder as the judge runs it: slices go in one by one, and every offered window is judged. */
export function runEvidenceSequence({ levels, referenceCounts, panes }: EvidenceSequenceInput): unknown {
  const { p1, p2 } = scoreTables(referenceCounts)
  const buckets = panes[0]![0].length
  const bins = referenceCounts.length
  const sums = new WindowSums({ buckets, bins, tables: 2, levels })
  return panes.map(([control, candidate]) => {
    sums.add(cellTerm(control.flat(), candidate.flat(), buckets, bins, [p1, p2]))
    return sums.offered().map(({ start, end, sums: term }) => ({
      start,
      end,
      w: term.w,
      p1: scoreContrast(term, 0, p1),
      p2: scoreContrast(term, 1, p2),
      bin0: binContrast(term, 0),
      omnibus: omnibusContrast(term),
    }))
  })
}
