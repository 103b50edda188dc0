/** What producers of events could call things to be more than names: 10^5 of them, all different, the same every time. */
export function attackersNames(count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const first = PIECES[at % PIECES.length]!
    const second = PIECES[Math.floor(at / PIECES.length) % PIECES.length]!
    // Every thousandth is 10 KB long.
    return `${first}${at % 1000 === 999 ? 'x'.repeat(10_240) : ''}${second}${at}`
  })
}

const CONTROLS = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code))
const PIECES = [
  ...CONTROLS,
  '\u007f', '\u0085', '\u009b31m', '\u001b[31m', '\u001b]0;title\u0007', '\r\n', '\r\nSet-Cookie: a=b\r\n',
  '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '</td></tr></table>', '&lt;', '<!--', ']]>', 'javascript:alert(1)',
  '"', "'", '`', '\\', '\\"', '"}\nevil 1', '# EOF', '{a="b"}',
  '=1+1', '=cmd|\' /C calc\'!A0', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\n=1', '"=1', "'=1", '\uff1d1', '\uff0b1', '|calc', '%0a=1',
  ',', ';', '|', '||', '| --- |', '\n| a | b |', '**bold**', '[link](javascript:alert(1))', '![img](http://evil)', 'http://evil.example', 'www.evil.example', '~~gone~~', '# heading', '> quote', '$x$', '@someone',
  '\u202e', '\u202d', '\u2066', '\u2069', '\u200b', '\ufeff', '\u2028', '\u2029', '\u061c',
  '\ud800', '\udc00', '💥', 'é', '__proto__', 'constructor', '', ' ',
] // prettier-ignore
