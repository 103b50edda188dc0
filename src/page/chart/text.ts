import { boundsOf } from './spark.ts'
import type { Spark } from './spark.ts'

/** The same pictures in letters, for a terminal or Markdown. */
const LEVELS = '▁▂▃▄▅▆▇█'
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** Two lines in the height of a letter, on one scale; a dot where nothing is known. */
export function textSparklines(spark: Spark): { a: string; b: string } {
  const bounds = boundsOf(spark)
  if (bounds === null) return { a: '', b: '' }
  const { low, high } = bounds
  const level = (value: number | null): string => value === null ? '·' : LEVELS[high === low ? 0 : Math.min(7, Math.floor(((value - low) / (high - low)) * 8))]! // prettier-ignore
  return { a: spark.a.map(level).join(''), b: spark.b.map(level).join('') }
}

/** `part` of `width` letters, in eighths of a letter. */
export function textBar(part: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, part)) * width * 8)
  const bar = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!
  return bar.padEnd(width, ' ')
}
