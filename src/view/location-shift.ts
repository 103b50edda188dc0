import { Z_95 } from '../evidence/intervals.ts'
import type { HistoryDifference } from '../http/history-facts.ts'
import type { ValueHistogram } from '../sketch/value-histogram.ts'

/**
 * How far the candidate's values lie above the control's, as `numeric` measures it (statistics.md 7): the difference of the
 * mean mid-rank scores, −1 to 1; 0.056 is a tenth of a standard deviation of a normal. A mean follows its largest values, this
 * does not.
 *
 * The check ranks by its frozen cells, this by the bins of both cohorts together: then the difference is P(B > A) − P(B < A),
 * whatever the shares of the two (Cliff 1993). The interval takes values as independent: for the eye.
 */
export function locationShift(control: ValueHistogram, candidate: ValueHistogram): HistoryDifference | null {
  if (control.count === 0 || candidate.count === 0) return null
  const shift = Math.max(control.shift, candidate.shift)
  const sides = [new Map(control.entriesAt(shift)), new Map(candidate.entriesAt(shift))] as const
  const scores = midRanks(sides, control.count + candidate.count)
  const [a, b] = [moments(sides[0], scores, control.count), moments(sides[1], scores, candidate.count)]
  const estimate = b.mean - a.mean
  const half = Z_95 * Math.sqrt(a.variance / control.count + b.variance / candidate.count)
  return { estimate, low: estimate - half, high: estimate + half }
}

type Counts = ReadonlyMap<number, number>

/** −1 to 1 by bin: what of all values is below, less what is above. */
function midRanks([a, b]: readonly [Counts, Counts], all: number): Counts {
  const scores = new Map<number, number>()
  let below = 0
  for (const index of [...new Set([...a.keys(), ...b.keys()])].sort((one, other) => one - other)) {
    const here = (a.get(index) ?? 0) + (b.get(index) ?? 0)
    scores.set(index, (2 * below + here) / all - 1)
    below += here
  }
  return scores
}

function moments(counts: Counts, scores: Counts, n: number): { mean: number; variance: number } {
  let [sum, squares] = [0, 0]
  for (const [index, count] of counts) {
    const score = scores.get(index)!
    sum += count * score
    squares += count * score * score
  }
  return { mean: sum / n, variance: Math.max(0, squares / n - (sum / n) ** 2) }
}
