import { inFile } from '../mutant.ts'
import type { Mutant } from '../mutant.ts'

/** docs/statistics.md 2, 6 and 8: what panes keep, cells and segments, and when an alert is told again. */
export const SLICE: readonly Mutant[] = [
  ...inFile('src/slice/field-cells.ts', 'unit/cells', [
    ['VALUES_MIN = 2000', 'VALUES_MIN = 1999'],
    ['VALUES_MIN = 2000', 'VALUES_MIN = 2001'],
    ['SLICES_MIN = 3', 'SLICES_MIN = 2'],
    ['SLICES_MIN = 3', 'SLICES_MIN = 4'],
    ['bucket < 256', 'bucket < 255'],
    ['cutFrom(1)', 'cutFrom(2)'],
    ['? cutFrom(sliceNumber + 1) : null', '? cutFrom(sliceNumber) : null'],
  ]),
  ...inFile('src/slice/cell-book.ts', 'unit/judge', [['DAY_MS = 86_400_000', 'DAY_MS = 86_700_000']]),
  ...inFile('src/slice/freeze-cells.ts', 'unit/cells', [
    ['quantileCuts(entries, 10)', 'quantileCuts(entries, 11)'],
    ['[20, 100]', '[21, 100]'],
    ['[20, 100]', '[20, 99]'],
    ['lowest - 1', 'lowest'],
  ]),
  ...inFile('src/slice/segment-book.ts', 'unit/segment-book', [
    ['SEGMENT_VALUES_MAX = 20', 'SEGMENT_VALUES_MAX = 19'],
    ['SEGMENT_VALUES_MAX = 20', 'SEGMENT_VALUES_MAX = 21'],
    ['86_400_000 / lengthMs', '86_700_000 / lengthMs'],
  ]),
  ...inFile('src/pane/open-pane.ts', 'unit/pane-buckets', [
    ['unit.second & 255\n    tallies.units', 'unit.second & 127\n    tallies.units'],
    ['late.add(unit.second & 255', 'late.add(unit.second & 127'],
    ['rejected.add(unit === null ? 0 : unit.second & 255', 'rejected.add(unit === null ? 0 : unit.second & 127'],
    ['unit.second & 255\n    // The two', 'unit.second & 127\n    // The two'],
    [
      'counts[cohort].add(unit === null ? 0 : unit.second & 255',
      'counts[cohort].add(unit === null ? 0 : unit.second & 127',
    ],
    ['unit.second & 255\n    pair.', 'unit.second & 127\n    pair.'],
    ['bucket >> 5', 'bucket >> 6'],
    ['bucket & 31', 'bucket & 15'],
  ]),
  ...inFile('src/pane/tallies.ts', 'unit/sketch-limits', [['SAMPLED_UNITS_MAX = 4096', 'SAMPLED_UNITS_MAX = 4095']]),
  ...inFile('src/alert/alert-watch.ts', 'unit/alert-watch', [
    ['UPDATE_EVERY_MS = 3_600_000', 'UPDATE_EVERY_MS = 3_600_001'],
    ['UPDATE_EVERY_MS = 3_600_000', 'UPDATE_EVERY_MS = 3_300_000'],
  ]),
  ...inFile('src/view/field-distances.ts', 'unit/field-distances', [
    ['VALUES_MIN = 500', 'VALUES_MIN = 501'],
    ['QUANTILE_CELLS = 10', 'QUANTILE_CELLS = 11'],
  ]),
]
