import { html } from '../html.ts'
import type { Markup } from '../html.ts'
import { across } from './frame.ts'

/** A bar beside figures that say the same: shares of two cohorts, one over the other. */
export function pairBar(a: number, b: number, max: number): Markup {
  const part = (value: number): string => across(max > 0 ? Math.min(1, value / max) : 0)
  return html`<svg class="pair" width="100%" height="14" aria-hidden="true">
    <rect class="bar a" x="0" y="0" width="${part(a)}" height="6" />
    <rect class="bar b" x="0" y="8" width="${part(b)}" height="6" fill="url(#hatch-b)" />
  </svg>`
}

/** Left of the middle what became less, right of it what became more. */
export function changeBar(change: number, max: number): Markup {
  const width = max > 0 ? Math.min(0.5, (Math.abs(change) / max) * 0.5) : 0
  const x = change < 0 ? 0.5 - width : 0.5
  return html`<svg class="change" width="100%" height="14" aria-hidden="true">
    <rect class="bar ${change < 0 ? 'less' : 'more'}" x="${across(x)}" y="2" width="${across(width)}" height="10" />
    <line class="zero" x1="50%" x2="50%" y1="0" y2="14" />
  </svg>`
}

/** How near to something that counts: full is there. */
export function meterBar(part: number): Markup {
  return html`<svg class="meter" width="64" height="8" aria-hidden="true">
    <rect class="track" x="0" y="0" width="100%" height="8" />
    <rect
      class="bar ${part >= 1 ? 'full' : 'part'}"
      x="0"
      y="0"
      width="${across(Math.max(0, Math.min(1, part)))}"
      height="8"
    />
  </svg>`
}

/** A whole in its parts, each at least a hair wide. */
export function stackBar(parts: readonly { className: string; share: number; fill?: string }[]): Markup {
  let x = 0
  const rects = parts.map(({ className, share, fill }) => {
    const from = x
    x += share
    return html`<rect
      class="bar ${className}"
      x="${across(from)}"
      y="0"
      width="${across(share)}"
      height="14"
      ${fill !== undefined && html` fill="${fill}"`}
    />`
  })
  return html`<svg class="stack" width="100%" height="14" aria-hidden="true">${rects}</svg>`
}
