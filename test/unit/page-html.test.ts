import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Markup, html } from '../../src/page/html.ts'
import { shortened } from '../../src/page/show.ts'
import { hostileName } from '../support/hostile-names.ts'
import { elementsOf } from '../support/markup.ts'

describe('the template of all pages', () => {
  it('escapes what is put into it, in texts and in attributes', () => {
    const evil = `<b title="x">'&\``
    assert.equal(String(html`<p title="${evil}">${evil}</p>`), '<p title="&lt;b title=&quot;x&quot;&gt;&#39;&amp;&#96;">&lt;b title=&quot;x&quot;&gt;&#39;&amp;&#96;</p>') // prettier-ignore
  })

  it('joins lists, keeps its own markup, and leaves out what is not there', () => {
    const items = ['a', 'b'].map((each) => html`<i>${each}</i>`)
    assert.equal(String(html`${items}${null}${false}${undefined}${0}${[]}`), '<i>a</i><i>b</i>0')
  })

  it('shows what would change how its neighbours are read by its number', () => {
    assert.equal(String(html`${'\u202eevil\u2066 \u0000 \u001b[1m \u200b \ufeff'}`), '\\u202eevil\\u2066 \\u0000 \\u001b[1m \\u200b \\ufeff') // prettier-ignore
    assert.equal(String(html`${'half \ud83d'}`), 'half \ufffd')
  })

  it('is the only way to markup: neither a text nor a thing that looks like it becomes any', () => {
    assert.throws(() => new Markup(Symbol('markup'), '<b>'), TypeError)
    const fake = { toString: () => '<b>bold</b>' } as unknown as Markup
    assert.equal(String(html`${fake}`), '&lt;b&gt;bold&lt;/b&gt;')
    const child = Object.create(Markup.prototype) as Markup
    assert.throws(() => String(html`${child}`))
  })

  it('holds for a hundred thousand hostile names: not one becomes an element or an attribute', (t) => {
    const seed = Date.now() % 1_000_000
    t.diagnostic(`seed ${seed}`)
    fc.assert(
      fc.property(fc.array(hostileName, { minLength: 100, maxLength: 100 }), (names) => {
        const page = String(
          html`<ul>
            ${names.map((name) => html`<li title="${name}">${name}</li>`)}
          </ul>`,
        )
        const [list, ...items] = elementsOf(page)
        assert.equal(list!.name, 'ul')
        assert.deepEqual(
          items.map(({ name, attributes }) => [name, [...attributes.keys()]]),
          names.map(() => ['li', ['title']]),
        )
        for (const [at, { text, attributes }] of items.entries()) {
          assert.equal(attributes.get('title'), text)
          if (/^[\x20-\x7e]*$/.test(names[at]!)) assert.equal(text, names[at])
        }
      }),
      { seed, numRuns: 1_000 },
    )
  })
})

describe('a name on a page', () => {
  it('is cut between letters, never inside one', () => {
    assert.equal(shortened('short', 10), 'short')
    assert.equal(shortened('😀'.repeat(12), 10), `${'😀'.repeat(9)}…`)
    assert.equal(shortened('x'.repeat(10_000), 10), `${'x'.repeat(9)}…`)
  })
})
