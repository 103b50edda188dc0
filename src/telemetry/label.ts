/** Characters kept of a label value: enough for any sensible name, short enough for a scrape limit. */
export const LABEL_CHARACTERS_MAX = 128

/**
 * A label value that every parser reads back as it was written. C0 controls and DEL go (a NUL passes the usual escaping and
 * breaks the readers behind it), as do halves of surrogate pairs (they have no UTF-8). Two names that differ only in
 * what is taken away become one series.
 */
export function labelValue(text: string): string {
  const printable = text.replace(/[\u0000-\u001f\u007f]/g, '')
  const wellFormed = printable.isWellFormed() ? printable : printable.replace(LONE_SURROGATE, '')
  if (wellFormed.length <= LABEL_CHARACTERS_MAX) return wellFormed
  return [...wellFormed.slice(0, 2 * LABEL_CHARACTERS_MAX)].slice(0, LABEL_CHARACTERS_MAX).join('').toWellFormed()
}

/** In a `u` pattern, only half a pair standing alone is a code point of its own. */
const LONE_SURROGATE = /[\ud800-\udfff]/gu
