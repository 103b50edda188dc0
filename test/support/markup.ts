import assert from 'node:assert/strict'

export interface Element {
  name: string
  attributes: Map<string, string>
  /** Of itself alone, entities undone. */
  text: string
}

/**
 * Reads a page of ours as a browser would, and strictly: every tag is closed, every attribute quoted, nothing else is a `<`.
 * So whatever a name could do to a page shows here as an element or an attribute that nobody wrote.
 */
export function elementsOf(page: string): Element[] {
  const elements: Element[] = []
  const open: Element[] = []
  let rest = page.replace(/^<!doctype html>/, '')
  while (rest !== '') {
    const text = /^[^<]+/.exec(rest)?.[0]
    if (text !== undefined) {
      const inside = open.at(-1)
      if (inside !== undefined) inside.text += unescaped(text)
      rest = rest.slice(text.length)
      continue
    }
    const tag = /^<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*)\s*(\/?)>/i.exec(rest)
    assert.ok(tag !== null, `not a tag: ${rest.slice(0, 120)}`)
    const [whole, closing, name, attributes, empty] = tag
    rest = rest.slice(whole.length)
    if (closing === '/') {
      assert.equal(open.pop()?.name, name, `</${name}> closes something else`)
      continue
    }
    const element: Element = { name: name!, attributes: attributesOf(attributes!), text: '' }
    elements.push(element)
    if (empty !== '/' && !VOID.has(name!)) open.push(element)
  }
  assert.deepEqual(open.map(({ name }) => name), []) // prettier-ignore
  return elements
}

/** What a reader sees, in one line. */
export function textOf(page: string): string {
  return unescaped(page.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ')
}

const VOID = new Set(['meta', 'link', 'input', 'br'])
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`' }

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name, value = ''] of text.matchAll(/([a-zA-Z][a-zA-Z0-9-]*)(?:="([^"]*)")?/g)) {
    assert.ok(!attributes.has(name!), `${name} stands there twice`)
    attributes.set(name!, unescaped(value))
  }
  return attributes
}

function unescaped(text: string): string {
  return text.replace(/&([^;]{2,4});/g, (_, entity: string) => {
    assert.ok(Object.hasOwn(ENTITIES, entity), `no entity of ours: &${entity};`)
    return ENTITIES[entity]!
  })
}
