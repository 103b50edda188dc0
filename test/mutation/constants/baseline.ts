import { inFile } from '../mutant.ts'
import type { Mutant } from '../mutant.ts'

/** docs/statistics.md 11. */
export const BASELINE: readonly Mutant[] = [
  ...inFile('src/evidence/baseline.ts', 'unit/baseline', [
    ['[56, 4.86]', '[57, 4.86]'],
    ['[56, 4.86]', '[56, 4.87]'],
    ['[28, 5.42]', '[29, 5.42]'],
    ['[28, 5.42]', '[28, 5.43]'],
    ['[21, 5.85]', '[22, 5.85]'],
    ['[21, 5.85]', '[21, 5.86]'],
    ['[14, 6.95]', '[15, 6.95]'],
    ['[14, 6.95]', '[14, 6.96]'],
    ['[10, 8.83]', '[11, 8.83]'],
    ['[10, 8.83]', '[10, 8.84]'],
    ['[7, 13.56]', '[8, 13.56]'],
    ['[7, 13.56]', '[7, 13.57]'],
    ['(squares * buckets) / (buckets - 1)', 'squares', 'golden/golden'],
  ]),
  ...inFile('src/baseline/profile.ts', 'unit/baseline-profile', [
    ['DAYS_BY_WEEK_MIN = 14', 'DAYS_BY_WEEK_MIN = 15'],
    ['DAYS_MIN = 7', 'DAYS_MIN = 6', 'unit/baseline-thresholds'],
    ['DAYS_MIN = 7', 'DAYS_MIN = 8', 'unit/baseline-thresholds'],
    ['SLOT_EVENTS_MIN = 200', 'SLOT_EVENTS_MIN = 201'],
  ]),
  ...inFile('src/baseline/hours.ts', 'unit/baseline-profile', [
    ['HOUR_MS = 3_600_000', 'HOUR_MS = 3_600_001'],
    ['HOURS_OF_DAY = 24', 'HOURS_OF_DAY = 23'],
    ['HOURS_OF_WEEK = 168', 'HOURS_OF_WEEK = 167'],
    ['dayOf(hour) + 3', 'dayOf(hour) + 4'],
    ['(day / 7)', '(day / 8)'],
    [') * 7)', ') * 8)'],
  ]),
  ...inFile('src/verdict/checks/baseline-blocks.ts', 'unit/baseline-blocks', [
    ['LEVEL_MIN = 3', 'LEVEL_MIN = 2'],
    ['LEVEL_MIN = 3', 'LEVEL_MIN = 4'],
    ['each.start + 4 *', 'each.start + 3 *'],
  ]),
  ...inFile('src/verdict/checks/baseline-ladder.ts', 'unit/baseline-thresholds', [
    ['window.blocks !== 3', 'window.blocks !== 2'],
  ]),
  ...inFile('src/verdict/checks/baseline-budget.ts', 'unit/baseline-questions', [['COHORTS = 2', 'COHORTS = 1']]),
  ...inFile('src/verdict/checks/baseline-questions.ts', 'unit/baseline-questions', [
    ['CELLS_WEIGHT = 0.8', 'CELLS_WEIGHT = 0.7'],
    ['HEADLINE_SHARE_MIN = 0.02', 'HEADLINE_SHARE_MIN = 0.03'],
  ]),
  ...inFile('src/verdict/checks/baseline-reading.ts', 'unit/baseline-thresholds', [
    ['effect * (1 + 1e-9)', 'effect * (1 - 1e-1)'],
    ['half: (Z_95 * se)', 'half: se'],
    ['(Z_95 * Math.max(se, 1 / term.w))', '(Z_95 * se)'],
  ]),
  ...inFile('src/verdict/checks/baseline-streaks.ts', 'unit/baseline-thresholds', [
    ['LOOKS_IN_A_ROW = 3', 'LOOKS_IN_A_ROW = 2'],
    ['LOOKS_IN_A_ROW = 3', 'LOOKS_IN_A_ROW = 4'],
  ]),
  ...inFile('src/verdict/checks/baseline-watch.ts', 'unit/baseline-thresholds', [
    ['CRITICAL_EFFECTS = 4', 'CRITICAL_EFFECTS = 5'],
    ['#calmBelow / 2)', '#calmBelow / 3)'],
  ]),
]
