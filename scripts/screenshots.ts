import { mkdirSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { startBrowser } from '../test/support/browser.ts'
import { startDemo } from '../test/support/running-demo.ts'
import { smallerPng } from './smaller-png.ts'

/**
 * `npm run screenshots`: docs/pages/*.png from the demo as it stands at five past nine of its day, in Debian's Chromium. What
 * is shown is the same every time; how letters are drawn depends on the fonts of the machine.
 */
const SLICES = 110
const PAGES = [
  { name: 'overview', path: '/', height: 1080 },
  { name: 'field', path: '/streams/impressions/fields/user_feature_2', height: 1480 },
] as const
const WIDTH = 1120

mkdirSync('docs/pages', { recursive: true })
const [demo, browser] = await Promise.all([startDemo(SLICES), startBrowser()])
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    // Without scripts there is no word beside the navigation that comes when it comes.
    const context = await browser.newContext({ colorScheme, viewport: { width: WIDTH, height: 900 }, javaScriptEnabled: false }) // prettier-ignore
    const page = await context.newPage()
    for (const { name, path, height } of PAGES) {
      const file = `docs/pages/${name}-${colorScheme}.png`
      await page.goto(demo.url + path)
      const picture = await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width: WIDTH, height } })
      const bytes = smallerPng(picture)
      writeFileSync(file, bytes)
      process.stdout.write(`${file} ${Math.round(bytes.length / 1000)} kB\n`)
    }
    await context.close()
  }
} finally {
  await browser.close()
  await demo.stop()
}
