/** A second reader of CSV (RFC 4180), written from the standard and not from our writer. Throws on what is none. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = []
  let [row, at]: [string[], number] = [[], 0]
  while (at < text.length) {
    let cell = ''
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (at >= text.length) throw new Error('a quote is not closed')
        if (text[at] !== '"') cell += text[at]
        else if (text[at + 1] === '"') cell += text[at++]
        else break
      }
      at++
    } else {
      while (at < text.length && !',\r\n'.includes(text[at]!)) {
        if (text[at] === '"') throw new Error(`a quote inside a bare cell at ${at}`)
        cell += text[at++]
      }
    }
    row.push(cell)
    if (text[at] === ',') {
      at++
      if (text.startsWith('\r\n', at)) row.push('')
      else continue
    }
    if (!text.startsWith('\r\n', at)) throw new Error(`no end of line at ${at}`)
    at += 2
    rows.push(row)
    row = []
  }
  return rows
}
