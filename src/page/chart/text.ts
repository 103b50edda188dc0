/** The same pictures in letters, for a terminal or Markdown. */
const LEVELS = '▁▂▃▄▅▆▇█'
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A line in the height of a letter; a dot where nothing is known. */
export function textSparkline(values: readonly (number | null)[], spanMin = 0): string {
  const known = values.filter((value) => value !== null)
  const low = Math.min(...known)
  const span = Math.max(Math.max(...known) - low, spanMin)
  return values.map((value) => (value === null ? '·' : LEVELS[span === 0 ? 0 : Math.min(7, Math.floor(((value - low) / span) * 8))]!)).join('') // prettier-ignore
}

/** `part` of `width` letters, in eighths of a letter. */
export function textBar(part: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, part)) * width * 8)
  const bar = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!
  return bar.padEnd(width, ' ')
}
