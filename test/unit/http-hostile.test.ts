import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createHttpServer } from '../../src/http/server.ts'
import type { HttpServer } from '../../src/http/server.ts'
import { labelValue } from '../../src/telemetry/label.ts'
import { Telemetry } from '../../src/telemetry/metrics.ts'
import { SERIES_MAX } from '../../src/telemetry/series-limit.ts'
import { readCsv } from '../support/csv.ts'
import { readExposition } from '../support/exposition.ts'
import { fakeCheck, fakeFacts } from '../support/fake-facts.ts'
import { attackersNames } from '../support/attackers-names.ts'

const NAMES = attackersNames(100_000)
/** Whatever steers a terminal or a reader, line ends aside. */
const STEERS = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/u // prettier-ignore

describe('100,000 names that want to be more', { timeout: 600_000 }, () => {
  let server: HttpServer
  before(async () => {
    const checks = NAMES.map((name) => ({ ...fakeCheck(name, 'PASS'), reason: name }))
    server = await createHttpServer(fakeFacts({ checks: () => checks }), { host: '127.0.0.1', port: 0, version: '0' })
  })
  after(() => server.close())

  it('are what they are in JSON', async () => {
    const read: string[] = []
    for await (const { body } of pagesOf('json'))
      read.push(...(JSON.parse(body) as { checks: { field: string }[] }).checks.map(({ field }) => field))
    // Halves of pairs have no UTF-8: they go into JSON as escapes, and come back.
    assert.equal(read.length, NAMES.length)
    for (const [at, name] of NAMES.entries()) assert.equal(read[at], name)
  })

  it('are text in CSV: no formula, nothing that steers, every row whole', async () => {
    let at = 0
    for await (const { body } of pagesOf('csv')) {
      const [names, ...rows] = readCsv(body)
      const field = names!.indexOf('field')
      for (const row of rows) {
        assert.equal(row.length, names!.length)
        for (const cell of row) {
          assert.ok(!STEERS.test(cell), JSON.stringify(cell.slice(0, 80)))
          if (!/^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(cell)) assert.doesNotMatch(cell, /^[\s"\ufffd]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]/) // prettier-ignore
        }
        assert.ok(isShownAs(NAMES[at++]!, row[field]!), JSON.stringify([NAMES[at - 1]!.slice(0, 80), row[field]!.slice(0, 80)])) // prettier-ignore
      }
    }
    assert.equal(at, NAMES.length)
  })

  it('are text in Markdown: no markup, no cell more, no line more', async () => {
    let count = 0
    for await (const { body } of pagesOf('markdown')) {
      const [, , head, , ...rows] = body.trimEnd().split('\n')
      const columns = cellsOf(head!)
      for (const row of rows) {
        count++
        assert.equal(cellsOf(row), columns, JSON.stringify(row.slice(0, 300)))
        const bare = row.replace(/\\[\\`*_{}[\]<>()#|~!&$@:.]/g, '')
        assert.doesNotMatch(bare, /[`*_{}[\]<>()#~!&$@]|:\/\/|www\./i, JSON.stringify(row.slice(0, 300)))
        assert.ok(!STEERS.test(row))
      }
    }
    assert.equal(count, NAMES.length)
  })

  it('are a bounded number of series on /metrics, which a strict reader reads back as the same names', async () => {
    const telemetry = new Telemetry({ version: '0' })
    for (const name of NAMES) telemetry.panesClosed(name, 1)
    const { body } = await telemetry.expose('text/plain')
    const { samples } = readExposition(body, 'text')
    assert.ok(samples.length <= SERIES_MAX, `${samples.length} series`)
    const panes = samples.filter(({ name }) => name === 'evenkeel_panes_closed_total')
    const known = new Set(NAMES.map(labelValue))
    for (const { labels } of panes) assert.ok(labels['stream'] === 'other' || known.has(labels['stream']!))
    assert.equal(panes.reduce((sum, { value }) => sum + value, 0), NAMES.length) // prettier-ignore
    const overflow = samples.find(({ name, labels }) => name === 'evenkeel_series_overflow_total' && labels['metric'] === 'evenkeel_panes_closed_total')! // prettier-ignore
    assert.ok(overflow.value > NAMES.length - SERIES_MAX - 1, `overflow ${overflow.value}`)
  })

  async function* pagesOf(format: string): AsyncGenerator<{ body: string }> {
    for (let path: string | null = `/api/v1/checks?format=${format}`; path !== null;) {
      const answer: Response = await fetch(server.url + path)
      assert.equal(answer.status, 200)
      yield { body: await answer.text() }
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? null
    }
  }
})

/** Same text, but a mark in place of what steers, a cut behind what a spreadsheet holds, and an apostrophe before a formula. */
function isShownAs(name: string, cell: string): boolean {
  const marked = name.replaceAll('\r\n', '\n').replace(/[^\n]/gu, (character) => (STEERS.test(character) || character === '\r' ? '\ufffd' : character)) // prettier-ignore
  return cell === marked || cell === `'${marked}`
}

/** Bars that are not escaped. */
function cellsOf(row: string): number {
  return row.replace(/\\./g, '').split('|').length
}
