import fc from 'fast-check'

/** Names as somebody would write them who means harm; each in ways that have worked against somebody. */
export const HOSTILE_NAMES: readonly string[] = [
  '<script>globalThis.hacked = 1</script>',
  '"><script>globalThis.hacked = 1</script>',
  "' onmouseover='globalThis.hacked = 1",
  '" onfocus="globalThis.hacked = 1" autofocus="',
  '<img src=x onerror="globalThis.hacked = 1">',
  '<svg onload=globalThis.hacked=1>',
  '</title></bdi></td></table><script>globalThis.hacked = 1</script>',
  'javascript:globalThis.hacked=1',
  '<!--', ']]>', '&lt;script&gt;', '&#60;script&#62;', '`${globalThis.hacked = 1}`', '<style>*{display:none}</style>',
  '\u0000<b>', '\u001b[31mred', '\u202eevil\u2066', '\ufeff<i>', '\ud800', '\u2028<b>', '../../../etc/passwd', '%3Cscript%3E',
  '=1+1', '\n<b>\r\n', `${'long'.repeat(2_500)}<b>`, '<a href="//evil.example">look</a>', '<base href="//evil.example/">',
  '<meta http-equiv="refresh" content="0;url=//evil.example">', '<form action="//evil.example"><input name="p">',
] // prettier-ignore

/** Pieces of them, in any order, and any other text. */
export const hostileName = fc.oneof(
  fc.constantFrom(...HOSTILE_NAMES),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(fc.constantFrom('<', '>', '"', "'", '&', '`', '=', '/', '<script', '</', '<!--', '-->', ' on', 'x', '\u0000', '\u202e', '\n', ';', '#x3c;'), { maxLength: 12 }).map((parts) => parts.join('')), // prettier-ignore
)
