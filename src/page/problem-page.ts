import { address } from './address.ts'
import { html } from './html.ts'
import type { Content } from './html.ts'
import type { Page } from './layout.ts'
import { name } from './show.ts'

/** What was wrong with a question, and what would be right: the same as the problem that a program gets. */
export interface ShownProblem {
  status: number
  title: string
  detail: string
  /** What this kind of problem means. */
  says: string
  /** Addresses that would have worked. */
  instead: readonly { label: string; href: string }[]
}

export function problemPage({ status, title, detail, says, instead }: ShownProblem): Page {
  const links: Content = instead.length > 0 && html`<h2>What there is</h2><ul class="instead">${instead.map(({ label, href }) => html`<li><a href="${href}">${name(label)}</a></li>`)}</ul>` // prettier-ignore
  const body = html`<h1>${title} <span class="quiet">${status}</span></h1>
    <p class="lead">${detail}</p>
    <p class="quiet">${says}</p>
    ${links}
    <p><a href="${address.overview()}">To the overview</a></p>`
  return { title, here: 'nowhere', body }
}
