import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { createHttpServer } from '../../src/http/server.ts'
import type { HttpServer } from '../../src/http/server.ts'
import { skipWithoutBrowser, startBrowser } from '../support/browser.ts'
import { fakeAlert, fakeCheck, fakeFacts } from '../support/fake-facts.ts'
import { HOSTILE_NAMES } from '../support/hostile-names.ts'
import { demoBaseline, startDemo } from '../support/running-demo.ts'
import type { RunningDemo } from '../support/running-demo.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Far above what anything here takes: a busy machine is no failure. */
const WAIT_MS = 60_000
const LIGHT = { colorScheme: 'light' } as const
const DARK = { colorScheme: 'dark' } as const
const NARROW = { viewport: { width: 320, height: 800 } }
const WIDE = { viewport: { width: 1440, height: 900 } }
/** Ten past four: an hour after the fault. */
const SLICES = 50

describe('the pages in a browser', { skip: skipWithoutBrowser(), timeout: 900_000 }, () => {
  let demo: RunningDemo
  let browser: Browser
  let paths: string[]

  before(async () => {
    const baseline = await demoBaseline(temporaryFolder(), SLICES)
    ;[demo, browser] = await Promise.all([startDemo(SLICES, baseline), startBrowser()])
    const { id } = (demo.alerts[0] as { data: { id: string } }).data
    paths = [
      '/',
      '/streams/impressions',
      '/streams/impressions/fields/user_feature_2',
      '/streams/impressions/fields/propensity',
      '/streams/impressions/engagement',
      '/streams/impressions/sample-ratio',
      '/streams/impressions/quality',
      '/streams/impressions/violations',
      '/alerts?state=all',
      `/alerts/${id}`,
      '/watch-list',
      '/compare?stream=impressions&field=user_feature_2',
      '/compare?stream=impressions&field=propensity&a=baseline&b=candidate',
      '/streams/impresions',
    ]
  })

  after(async () => {
    await browser?.close()
    await demo?.stop()
  })

  for (const [title, options] of [
    ['light and wide', { ...LIGHT, ...WIDE }],
    ['dark and narrow', { ...DARK, ...NARROW }],
  ] as const) {
    it(`break no rule of WCAG 2 A and AA, ${title}`, async () => {
      await withPage(options, async (page) => {
        for (const path of paths) {
          await page.goto(demo.url + path)
          assert.deepEqual(await violationsOf(page), [], path)
        }
      })
    })
  }

  for (const [title, options, at] of [
    ['dark and wide', { ...DARK, ...WIDE }, 0],
    ['light and narrow', { ...LIGHT, ...NARROW }, 2],
  ] as const) {
    it(`break none either the other way round and unfolded: ${title}`, async () => {
      await withPage(options, async (page) => {
        await page.goto(demo.url + paths[at]!)
        await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`)
        assert.deepEqual(await violationsOf(page), [], paths[at])
      })
    })
  }

  for (const javaScriptEnabled of [true, false]) {
    it(`fit every screen from 320 to 1,600 px ${javaScriptEnabled ? 'with' : 'without'} scripts, and ask for nothing but what the service has`, async () => {
      await withPage({ javaScriptEnabled }, async (page) => {
        const requests: string[] = []
        const complaints: string[] = []
        page.on('request', (request) => requests.push(request.url()))
        // Of the page that is not there the browser itself says so.
        page.on(
          'console',
          (message) => message.location().url !== demo.url + paths.at(-1)! && complaints.push(message.text()),
        )
        for (const path of paths) {
          await page.goto(demo.url + path)
          for (const width of [320, 768, 1600]) {
            await page.setViewportSize({ width, height: 800 })
            const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
            assert.ok(wider <= 0, `${path} is ${wider} px wider than ${width}`)
            if (width > 320) continue
            assert.deepEqual(await page.evaluate(TABLES_CUT_OFF), [], path)
            assert.deepEqual(await page.evaluate(WORDS_CUT_OFF), [], path)
          }
        }
        assert.deepEqual(requests.filter((url) => !url.startsWith(demo.url)), []) // prettier-ignore
        assert.deepEqual(complaints, [])
      })
    })
  }

  for (const javaScriptEnabled of [true, false]) {
    it(`lead from the overview to the values that changed in two clicks, ${javaScriptEnabled ? 'with' : 'without'} scripts`, async () => {
      await withPage({ javaScriptEnabled }, async (page) => {
        await page.goto(demo.url)
        assert.match(await page.locator('#overall').innerText(), /FAIL/)
        assert.match(await page.locator('#attention').innerText(), /user_feature_2[\s\S]*4\.1 % of candidate values are missing against 0\.0 % of control/) // prettier-ignore
        await page.getByRole('link', { name: 'missing user_feature_2' }).first().click()
        await page.getByRole('heading', { level: 1, name: 'missing user_feature_2' }).waitFor()
        await page.getByRole('link', { name: 'Look at user_feature_2 in that time' }).click()
        await page.getByRole('heading', { level: 1, name: 'user_feature_2' }).waitFor()
        const first = await page.locator('.moved tbody tr').first().innerText()
        assert.match(first, /missing\s+0\.0 %\s+\d\.\d+ %/)
      })
    })
  }

  it('have a figure behind each chart, by its name, its words and its table', async () => {
    await withPage({}, async (page) => {
      await page.goto(`${demo.url}/streams/impressions/fields/propensity`)
      const charts = page.locator('figure.chart')
      assert.ok((await charts.count()) >= 4)
      for (const chart of await charts.all()) {
        const image = chart.locator('svg[role=img]')
        assert.ok((await image.getAttribute('aria-labelledby'))!.split(' ').length === 2)
        await chart.locator('summary').click()
        assert.ok(await chart.getByRole('table').isVisible())
        assert.ok((await chart.locator('tbody tr').count()) > 2)
      }
    })
  })

  it('can be used by keyboard alone, and show where it is', async () => {
    await withPage({}, async (page) => {
      await page.goto(demo.url)
      await page.keyboard.press('Tab')
      assert.equal(await page.evaluate('document.activeElement.textContent'), 'To the content')
      await page.keyboard.press('Enter')
      assert.equal(await page.evaluate('document.activeElement.id'), 'main')
      await page.keyboard.press('Tab')
      assert.equal(await page.evaluate('document.activeElement.tagName'), 'A')
      assert.match(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), /solid|auto/)
    })
  })

  for (const [title, options] of [
    ['in the light, with scripts', { ...LIGHT, javaScriptEnabled: true }],
    ['in the dark, without', { ...DARK, javaScriptEnabled: false }],
  ] as const) {
    it(`compare a field with other days ${title}: by a link, by the form, and not the baseline with itself`, async () => {
      await withPage(options, async (page) => {
        await page.goto(`${demo.url}/streams/impressions/fields/user_feature_2`)
        await page.getByRole('link', { name: 'Compare with other days' }).click()
        await page.getByText('The baseline is of 1 day; somebody has verified it.').waitFor()
        assert.match(await page.locator('.legend').innerText(), /A baseline\s+B candidate/)
        // The day before has the same events without the fault: what moved is what it took.
        const first = await page.locator('.moved tbody tr').first().innerText()
        assert.match(first, /missing\s+0\.0 %\s+\d\.\d+ %/)
        assert.equal(await page.getByLabel('A', { exact: true }).inputValue(), 'baseline')

        await page.getByLabel('A', { exact: true }).selectOption('control')
        await page.getByLabel('B', { exact: true }).selectOption('baseline')
        await page.getByRole('button', { name: 'Compare' }).click()
        await page.getByText(/A control\s+B baseline/).waitFor()
        assert.match(await page.locator('table.sides').first().innerText(), /missing\s+0\s+0/)

        await page.getByLabel('A', { exact: true }).selectOption('baseline')
        await page.getByRole('button', { name: 'Compare' }).click()
        assert.match(await page.getByRole('alert').innerText(), /b is the baseline, and so is a/)
        assert.equal(await page.locator('.sides').count(), 0)
      })
    })
  }

  async function withPage(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext(options)
    context.setDefaultTimeout(WAIT_MS)
    try {
      await use(await context.newPage())
    } finally {
      await context.close()
    }
  }

  it('that stay open show what has come without being loaded again, and keep what was unfolded', async () => {
    let slices = 12
    const plain = fakeFacts()
    const stream = (name: string) => ({ ...plain.stream(name)!, slices })
    const alerts = () => [fakeAlert('price', 'firing'), fakeAlert('country', 'firing')]
    const facts = { ...plain, stream, alerts, epoch: () => `epoch-${slices}` }
    await withServer(facts, (server) =>
      withPage({}, async (page) => {
        await page.goto(server.url)
        await page.getByText('live', { exact: true }).waitFor()
        await page.evaluate('globalThis.isSame = true')
        await page.getByText('12 slices').first().waitFor()
        await page.evaluate('void (document.querySelector("details").open = true)')
        slices = 13
        await page.getByText('13 slices').first().waitFor()
        assert.equal(await page.evaluate('globalThis.isSame'), true)
        assert.equal(await page.evaluate('document.querySelector("details").open'), true)
      }),
    )
  })

  it('of hostile names run no script, load nothing and move nobody', async () => {
    const all = HOSTILE_NAMES.join(' ')
    const plain = fakeFacts()
    const facts = fakeFacts({
      checks: () => [...HOSTILE_NAMES.map((field) => fakeCheck(field, 'FAIL')), ...plain.checks()],
      alerts: () => HOSTILE_NAMES.map((field, at) => ({ ...fakeAlert(field, 'firing'), id: `alert-${at}`, reason: `x: ${field}` })), // prettier-ignore
      overall: () => ({ verdict: 'FAIL', reason: all }),
      stream: (name) => {
        const stream = plain.stream(name)
        if (stream === null) return null
        const [field] = stream.fields
        return { ...stream, topic: all, fields: [...stream.fields, ...HOSTILE_NAMES.map((each) => ({ ...field!, name: each }))] } // prettier-ignore
      },
    })
    await withServer(facts, (server) =>
      withPage({}, async (page) => {
        const requests: string[] = []
        page.on('request', (request) => requests.push(request.url()))
        page.on('dialog', (dialog) => void dialog.dismiss())
        for (const path of ['/', '/alerts', '/alerts/alert-0', '/compare', '/streams/impressions/quality', `/streams/impressions/fields/${encodeURIComponent(HOSTILE_NAMES[0]!)}`]) {
          await page.goto(server.url + path)
          await page.mouse.move(200, 300)
          assert.equal(await page.evaluate('globalThis.hacked'), undefined, path)
          assert.equal(await page.evaluate('document.querySelectorAll("img, base, iframe, script:not([src])").length'), 0)
          assert.equal(page.url(), server.url + path)
        } // prettier-ignore
        assert.deepEqual(requests.filter((url) => !url.startsWith(server.url)), []) // prettier-ignore
      }),
    )
  })
})

/** Tables that give up columns on a narrow screen, and yet need more room than there is. */
const TABLES_CUT_OFF = `[...document.querySelectorAll('.scroll:has(> .fields, > .checks, > .moved, > .watched)')]
  .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.ariaLabel)`

/** Words of a chart that end beyond the screen. */
const WORDS_CUT_OFF = `[...document.querySelectorAll('svg text')]
  .filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.textContent)`

async function violationsOf(page: Page): Promise<string[]> {
  // Without frames there is nothing to put together from several, for which axe would open a page of its own each time; and no rule
  // of these tags reads stylesheets, which it would load once more.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'], preload: false })
  const { violations } = await axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`)) // prettier-ignore
}

async function withServer(
  facts: Parameters<typeof createHttpServer>[0],
  use: (server: HttpServer) => Promise<void>,
): Promise<void> {
  const server = await createHttpServer(facts, { host: '127.0.0.1', port: 0, version: '0' })
  try {
    await use(server)
  } finally {
    await server.close()
  }
}
