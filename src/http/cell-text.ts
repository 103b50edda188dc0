/**
 * Names come from events: whoever may produce an event chooses them. In JSON they are data and stay as they are; in a spreadsheet, a
 * terminal and a page of Markdown a text can be more than text.
 */

/**
 * As one field of a CSV line. A spreadsheet runs what begins with = + - @ (also their wide forms), even behind blanks or
 * quotes: such a cell gets an apostrophe in front, as OWASP advises. (Numbers never come here.)
 */
export function csvText(text: string): string {
  const shown = cut(visible(text), CSV_CHARACTERS_MAX)
  const safe = FORMULA.test(shown) ? `'${shown}` : shown
  return /[",;\n\r\t' ]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** As text inside a cell of a table: every character that Markdown or HTML could take for more is escaped, lines become one. */
export function markdownText(text: string): string {
  const line = visible(text).replaceAll('\n', ' ')
  return cut(line, MARKDOWN_CHARACTERS_MAX)
    .replace(/[\\`*_{}[\]<>()#|~!&$@]/g, '\\$&')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/(www)\./gi, '$1\\.')
}

/** What a cell of the usual spreadsheet holds. */
export const CSV_CHARACTERS_MAX = 32_767
export const MARKDOWN_CHARACTERS_MAX = 256

const FORMULA = /^[\s'"\ufffd]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]/
/** C0 and C1 controls but the line feed, marks that turn the direction of writing, halves of surrogate pairs, line ends of Unicode. */
const INVISIBLE =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]/gu

/** A mark in place of every character that steers instead of showing: a terminal, a reader, a parser. */
function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(INVISIBLE, '\ufffd')
}

/** Not between the halves of a pair. */
function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
