import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ROOT, readPage, readPages } from '../support/documents.ts'
import { readExposition } from '../support/exposition.ts'
import type { ReadSample } from '../support/exposition.ts'
import { evenkeel } from '../support/program.ts'
import { startDemo } from '../support/running-demo.ts'
import type { RunningDemo } from '../support/running-demo.ts'

/**
 * What the pages show is what the program says. An output that is shown is compared with a run; an answer that is shown
 * shortened must be part of the real one.
 */
const pages = readPages()
const readme = readPage('README.md')

describe('README shows', () => {
  const demo = evenkeel(['demo', '--once', '--port', '0'], { cwd: ROOT })
  const [command] = readme.text.match(/^npm run -s evenkeel -- replay [^]*?(?= --json)/m)!
  const args = command.replaceAll('\\\n', ' ').split(/\s+/).slice(5)
  const replay = evenkeel(args, { cwd: ROOT })

  it('what the demo prints', async () => {
    const { code, stdout } = await demo
    assert.equal(code, 0)
    // Addresses, and counts by the hour, depend on the machine.
    const lines = outputOf('demo').split('\n').filter((line) => line !== '' && !/http:|^\d\d:00 {2}control/.test(line)) // prettier-ignore
    assert.ok(lines.length >= 5)
    for (const line of lines) assert.ok(stdout.includes(`${line}\n`), `not printed: ${line}`)
  })

  it('what replay prints, and that it fails', async () => {
    const { code, stdout } = await replay
    assert.equal(code, 1)
    const shown = outputOf('replay, beginning').trimEnd()
    assert.equal(stdout.slice(0, shown.length), shown)
  })
})

describe('while the demo runs', () => {
  /** To 04:05: the fault began at 03:00, the alert fired at 03:20. */
  let demo: RunningDemo
  before(async () => (demo = await startDemo(50)))
  after(() => demo.stop())

  const get = (shown: string) => fetch(shown.replace(/^http:\/\/127\.0\.0\.1:8080/, demo.url))

  it('every address that a page asks with curl answers', async () => {
    const asked = pages.flatMap(({ file, text }) => [...text.matchAll(/^ *curl -s.*? '?(http:\/\/127\.0\.0\.1:8080[^'\s]+)/gm)].map(([, url]) => ({ file, url: url! }))) // prettier-ignore
    assert.ok(asked.length >= 7)
    for (const { file, url } of asked) {
      const answer = await get(url)
      const isMistaken = url.includes('resolvd')
      assert.equal(answer.status, isMistaken ? 400 : 200, `${file}: ${url}`)
      await answer.body!.cancel() // one of them never ends
    }
  })

  it('the comparison in README is its answer, shortened', async () => {
    const [url] = readme.text.match(/(?<=curl -s ')http:[^']*compare[^']*/)!
    const shown = readme.blocks.find(({ note }) => note === 'answer: shortened')!
    assertPartOf(JSON.parse(shown.text), await (await get(url)).json())
  })

  it('the answers in docs/api.md are the real ones', async () => {
    const shown = readPage('docs/api.md').blocks.filter(({ note }) => note.startsWith('answer to '))
    assert.ok(shown.length >= 5)
    for (const { note, language, text } of shown) {
      const [, path] = /^answer to (\S+?)(?:: shortened)?$/.exec(note)!
      const answer = await get(demo.url + path!)
      if (language === 'json') assertPartOf(JSON.parse(text), await answer.json(), path)
      else assert.equal((await answer.text()).replaceAll('\r\n', '\n'), text, path)
    }
  })

  it('the alert in README stands on the topic', () => {
    const shown = readme.blocks.find(({ language, text }) => language === 'json' && text.includes('specversion'))!
    assertPartOf(JSON.parse(shown.text), demo.alerts[0])
  })

  it('the problem in docs/errors.md is the answer to its question', async () => {
    const [, url, body] = /\$ curl -s '([^']+)'\n(\{[^]*?\})\n```/.exec(readPage('docs/errors.md').text)!
    assert.deepEqual(await (await get(url!)).json(), JSON.parse(body!))
  })

  it('every query in PromQL finds the metrics, labels and values that it names', async () => {
    const { samples } = readExposition(await (await get('http://127.0.0.1:8080/metrics')).text(), 'text')
    const queries = pages.flatMap(({ file, blocks }) =>
      blocks.filter(({ language }) => language === 'promql').map(({ text }) => ({ file, promql: text.trim() })),
    )
    assert.ok(queries.length >= 10)
    for (const { file, promql } of queries) {
      for (const [selector, name, matchers] of promql.matchAll(/(evenkeel_\w+)(?:\{([^}]*)\})?/g)) {
        if (NOT_IN_A_DEMO.includes(name!)) continue
        const series = samples.filter((sample) => sample.name === name && matches(sample, matchers ?? ''))
        assert.ok(series.length > 0, `${file}: nothing for ${selector}`)
        for (const label of labelsBehindBy(promql)) {
          assert.ok(
            series.some(({ labels }) => Object.hasOwn(labels, label)),
            `${file}: ${selector} has no label ${label}`,
          )
        }
      }
    }
  })
})

function outputOf(what: string): string {
  return readme.blocks.find(({ note }) => note === `output: ${what}`)!.text
}

/** Objects may be shown with fewer members, lists with fewer entries; what is shown must be in the real one, in that order. */
function assertPartOf(shown: unknown, real: unknown, place = ''): void {
  if (Array.isArray(shown)) {
    assert.ok(Array.isArray(real), `${place} is no list`)
    shown.forEach((each, at) => assertPartOf(each, real[at], `${place}[${at}]`))
  } else if (typeof shown === 'object' && shown !== null) {
    assert.ok(typeof real === 'object' && real !== null, `${place} is not there`)
    for (const [key, each] of Object.entries(shown)) assertPartOf(each, (real as Record<string, unknown>)[key], `${place}.${key}`) // prettier-ignore
  } else assert.deepEqual(shown, real, place)
}

function matches({ labels }: ReadSample, matchers: string): boolean {
  return [...matchers.matchAll(/(\w+)="([^"]*)"/g)].every(([, label, value]) => labels[label!] === value)
}

function labelsBehindBy(promql: string): string[] {
  const lists = [...promql.matchAll(/\b(?:by|without|on) \(([^)]*)\)/g)]
  const labels = lists.flatMap(([, list]) => list!.split(',').map((label) => label.trim()))
  // Prometheus attaches these when it scrapes.
  return labels.filter((label) => label !== 'instance' && label !== 'job')
}

/** Nothing failed yet, and no Alertmanager is configured; test/integration/prometheus.test.ts has them. */
const NOT_IN_A_DEMO = ['evenkeel_errors_total', 'evenkeel_alertmanager_last_success_timestamp_seconds']
