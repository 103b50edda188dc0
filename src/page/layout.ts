import { address } from './address.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'
import { name } from './show.ts'

/** What stands around every page. */
export interface Page {
  title: string
  /** Which entry of the navigation this is. */
  here: 'overview' | 'alerts' | 'watch-list' | 'compare' | 'nowhere'
  /** The stream whose pages are offered, and which of them this is. */
  stream?: { name: string; here: 'fields' | 'engagement' | 'sample-ratio' | 'quality' | 'violations' | 'nowhere' }
  body: Content
}

export interface Surroundings {
  streamNames: readonly string[]
  alertsFiring: number
  /** Of the program. */
  version: string
}

export function documentOf(page: Page, around: Surroundings): string {
  const { title, here, stream, body } = page
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title} · Evenkeel</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="stylesheet" href="/assets/page.css" />
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <script type="module" src="/assets/live.mjs"></script>
      </head>
      <body>
        <a class="skip" href="#main">To the content</a>${HATCHES}
        <header>
          <a class="brand" href="/"
            ><svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
              <path class="line a" d="M2 8Q6 4 10 8T18 8" />
              <path class="line b" d="M2 13Q6 9 10 13T18 13" /></svg
            >Evenkeel</a
          >
          <nav aria-label="Pages">
            <ul>
              ${entry('/', 'Overview', here === 'overview')}
              ${entry(address.alerts(), firingLabel(around.alertsFiring), here === 'alerts')}
              ${entry(address.watchList(), 'Watch list', here === 'watch-list')}
              ${entry(address.compare(), 'Compare', here === 'compare')}
            </ul>
          </nav>
          <span id="live" role="status"></span>
        </header>
        ${stream !== undefined && streamNavigation(stream)}
        <main id="main" tabindex="-1">${body}</main>
        <footer id="footer">
          Evenkeel ${around.version} · times are event time, in UTC · <a href="/metrics">metrics</a> ·
          <a href="/openapi.json">API</a>
        </footer>
      </body>
    </html> `.toString()
}

/** Textures of the charts, once for the page: beside its colour each cohort has its own. */
const HATCHES = html`<svg class="unseen" width="0" height="0" aria-hidden="true" focusable="false">
  <defs>
    <pattern id="hatch-b" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect class="hatch-back" width="5" height="5" />
      <rect class="hatch-line" width="2" height="5" />
    </pattern>
  </defs>
</svg>`

function entry(href: string, label: Content, isHere: boolean): Markup {
  return html`<li><a href="${href}" ${isHere && html` aria-current="page"`}>${label}</a></li>`
}

function firingLabel(firing: number): Content {
  return firing === 0 ? 'Alerts' : html`Alerts <b class="count">${firing}<span class="unseen"> firing</span></b>`
}

function streamNavigation({ name: stream, here }: NonNullable<Page['stream']>): Markup {
  return html`<nav class="sub" aria-label="Stream">
    <span class="crumb">${name(stream, 40)}</span>
    <ul>
      ${entry(address.stream(stream), 'Fields', here === 'fields')}
      ${entry(address.engagement(stream), 'Engagement', here === 'engagement')}
      ${entry(address.sampleRatio(stream), 'Sample ratio', here === 'sample-ratio')}
      ${entry(address.quality(stream), 'Data quality', here === 'quality')}
      ${entry(address.violations(stream), 'Violations', here === 'violations')}
    </ul>
  </nav>`
}
