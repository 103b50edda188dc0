import { stepOfLevel } from '../evidence/z-required.ts'
import type { Question, Reading } from './question.ts'

/** Nine changes in ten of this size reach the threshold. */
const Z_90 = 1.2815515655446004

/**
 * How small a change, there all along, would have raised its alert by now; for sentences only, so it is worked out from the
 * whole window: a window of the ladder knows as much less as it is shorter. Null while nothing is judged.
 *
 * A fault that was never seen before needs z² events, whatever their share: at √V every one counts once (statistics.md 15).
 */
export function seeableChange(
  { zRequired, effectMin }: Pick<Question, 'zRequired' | 'effectMin'>,
  { se, oneEvent }: Pick<Reading, 'se' | 'oneEvent'>,
  { start, end }: { start: number; end: number },
): number | null {
  let smallest = Infinity
  for (const [cls, required] of zRequired.entries()) {
    const length = cls === 0 ? 1 : longestWindow(cls - 1, start, end)
    if (length === 0) continue
    const z = required + Z_90
    const shorter = (end - start) / length
    smallest = Math.min(smallest, Math.max(z * se * Math.sqrt(shorter), z * z * oneEvent * shorter))
  }
  return Number.isFinite(smallest) && smallest > 0 ? Math.max(smallest, effectMin) : null
}

/** Of a level, at its last look; 0 = none yet. */
function longestWindow(level: number, start: number, end: number): number {
  const length = 1 << level
  const looked = end - (end % stepOfLevel(level))
  for (const blocks of [3, 2]) {
    const from = (Math.floor(looked / length) - blocks) * length
    if (from >= start) return looked - from
  }
  return 0
}
