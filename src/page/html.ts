/**
 * Markup, and the only way to it. Whatever is put between the parts of an `html` template is escaped, unless it came out of
 * such a template itself; there is no way to declare a text to be markup, so no name from an event can ever become any.
 *
 *   html`<td>${name}</td>`          name is escaped
 *   html`<ul>${items.map(item)}</ul>`   lists are joined
 *   html`${isNew && html`<b>new</b>`}`  null, undefined and false are nothing
 *
 * Trap: values stand between tags or inside double quotes, never as the name of a tag or an attribute.
 */
export class Markup {
  readonly #text: string

  /** @param seal held by this file alone */
  constructor(seal: symbol, text: string) {
    if (seal !== SEAL) throw new TypeError('markup is only made by html`…`')
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

export type Content = Markup | string | number | null | undefined | false | readonly Content[]

const SEAL = Symbol('markup')

export function html(parts: TemplateStringsArray, ...values: Content[]): Markup {
  const written = compact(parts)
  let text = written[0]!
  values.forEach((value, at) => (text += textOf(value) + written[at + 1]!))
  return new Markup(SEAL, text)
}

/** Indentation is for who reads the source: a page of three hundred rows need not carry it. */
function compact(parts: TemplateStringsArray): readonly string[] {
  let written = COMPACT.get(parts)
  if (written === undefined) {
    written = parts.map((part) => part.replace(/\s*\n\s*/g, '\n').replace(BETWEEN_BLOCKS, '$1'))
    COMPACT.set(parts, written)
  }
  return written
}

/** A line's end before what begins a line of its own is no space. */
const BETWEEN_BLOCKS = /\n(<\/?(?:t[dhr]|thead|tbody|table|caption|[uod]l|li|d[dt]|div|section|p|h[1-4]|form)[\s>])/g
const COMPACT = new WeakMap<TemplateStringsArray, readonly string[]>()

/** Empty for what is not there. */
function textOf(value: Content): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Markup) return value.toString()
  if (Array.isArray(value)) return (value as readonly Content[]).map(textOf).join('')
  return escaped(String(value))
}

export function escaped(text: string): string {
  return text.toWellFormed().replace(UNSAFE, (found) => ENTITIES[found] ?? visible(found))
}

/**
 * What ends a text or an attribute, and what would change how its neighbours are read: control characters, and those that
 * turn the direction of writing. These are shown by their number.
 */

const UNSAFE = /[&<>"'`\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

function visible(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`
}
