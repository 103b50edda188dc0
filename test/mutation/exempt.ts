/** Numbers that are no constants of the statistics: as they stand in the file, and why nothing decides by them. */
export interface Exempt {
  file: string
  /** All numbers in it, at every place where it stands. */
  text: string
  reason: string
}

const SENTENCE = 'how much is told in a sentence; nothing is decided by it'

export const EXEMPT: readonly Exempt[] = [
  { file: 'src/evidence/arithmetic.ts', text: 'new ArrayBuffer(8)', reason: 'a double has eight bytes' },
  { file: 'src/evidence/arithmetic.ts', text: 'setUint32(4, 0)', reason: 'the lower word of a double' },
  { file: 'src/evidence/term.ts', text: '5 * bins', reason: 'room for the variance, two sums and two counts by bin' },
  { file: 'src/evidence/term.ts', text: 'ROW_MIN = 8', reason: 'how rows are added; the sum is the same' },
  { file: 'src/evidence/term.ts', text: 'at + 3 < to; at += 4', reason: 'four at a time, then the rest' },
  { file: 'src/evidence/term.ts', text: 'mine[at + 3]! += theirs[at + 3]!', reason: 'four at a time, then the rest' },
  { file: 'src/evidence/window-sums.ts', text: '31 : 31 - Math.clz32', reason: 'bits of a 32-bit integer' },
  { file: 'src/verdict/checks/categorical-check.ts', text: 'NEW_NAMES_MAX = 64', reason: SENTENCE },
  { file: 'src/verdict/checks/categorical-check.ts', text: 'RECENT_NAMES_MAX = 4096', reason: SENTENCE },
  { file: 'src/verdict/checks/cells-check.ts', text: 'CONTRIBUTORS_MAX = 3', reason: SENTENCE },
  { file: 'src/verdict/reason.ts', text: 'listed(others.map(titleOf), 5)', reason: SENTENCE },
  { file: 'src/verdict/figures.ts', text: 'count < 1e15', reason: SENTENCE },
  { file: 'src/verdict/figures.ts', text: 'points.length > 40', reason: SENTENCE },
  { file: 'src/verdict/figures.ts', text: 'points.slice(0, 40)', reason: SENTENCE },
  { file: 'src/verdict/figures.ts', text: 'shown = 3', reason: SENTENCE },
  { file: 'src/verdict/figures.ts', text: 'scaled *= 10', reason: 'decimals are tenths' },
  { file: 'src/verdict/figures.ts', text: 'scaled < 10', reason: 'decimals are tenths' },
  {
    file: 'src/verdict/checks/sample-ratio-watch.ts',
    text: '{ control: 0.5, candidate: 0.5 }',
    reason: 'shares of a slice without units: any shares of nobody say the same',
  },
]
