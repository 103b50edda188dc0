/** Small drawings: a white sheet with axes, lines, dots and words. */
export interface Scale {
  (value: number): number
}

const FONT = 'font-family="system-ui, sans-serif" font-size="12"'
export const COLOURS = ['#1b6ca8', '#c0392b', '#2e8b57', '#8e5ea2', '#d18f00', '#5d6d7e', '#16a085', '#7f5539', '#d35db3', '#333333', '#7cb342', '#00838f', '#b71c1c'] // prettier-ignore

export function sheet(width: number, height: number, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`
}

export function text(
  x: number,
  y: number,
  words: string,
  { anchor = 'start', colour = '#222222', turned = false }: { anchor?: string; colour?: string; turned?: boolean } = {},
): string {
  const turn = turned ? ` transform="rotate(-90 ${fixed(x)} ${fixed(y)})"` : ''
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${FONT} text-anchor="${anchor}" fill="${colour}"${turn}>${escaped(words)}</text>`
}

export function line(points: readonly (readonly [x: number, y: number])[], colour: string, more = ''): string {
  const path = points.map(([x, y]) => `${fixed(x)},${fixed(y)}`).join(' ')
  return `<polyline points="${path}" fill="none" stroke="${colour}" ${more}/>`
}

export function dot(x: number, y: number, colour: string, words: string): string {
  return `<circle cx="${fixed(x)}" cy="${fixed(y)}" r="4.5" fill="${colour}"><title>${escaped(words)}</title></circle>`
}

export function linear(from: number, to: number, start: number, end: number): Scale {
  return (value) => start + ((value - from) / (to - from)) * (end - start)
}

export function logarithmic(from: number, to: number, start: number, end: number): Scale {
  const scale = linear(Math.log10(from), Math.log10(to), start, end)
  return (value) => scale(Math.log10(Math.max(from, value)))
}

function fixed(value: number): string {
  return String(Number(value.toFixed(1)))
}

function escaped(words: string): string {
  return words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
