/**
 * A reader of the Prometheus text format and of OpenMetrics, written from their specifications and from nothing of ours: what a
 * scraper would understand. Throws at whatever a strict reader would refuse.
 */
export interface ReadExposition {
  samples: ReadSample[]
  types: ReadonlyMap<string, string>
}

export interface ReadSample {
  name: string
  labels: Readonly<Record<string, string>>
  value: number
  exemplar: Readonly<Record<string, string>> | null
}

export function readExposition(body: string, format: 'text' | 'openmetrics'): ReadExposition {
  if (!body.endsWith('\n')) throw new Error('the last line does not end')
  const lines = body.slice(0, -1).split('\n')
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('no # EOF')
  const samples: ReadSample[] = []
  const types = new Map<string, string>()
  const seen = new Set<string>()
  for (const line of lines) {
    if (/[\u0000-\u001f\u007f]/.test(line)) throw new Error(`a control character in ${JSON.stringify(line)}`)
    if (line.startsWith('#')) readComment(line, types)
    else {
      const sample = readSample(line)
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
      if (seen.has(key)) throw new Error(`the series ${key} stands there twice`)
      seen.add(key)
      samples.push(sample)
    }
  }
  return { samples, types }
}

function readComment(line: string, types: Map<string, string>): void {
  const [, type, name, kind] = /^# (TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/.exec(line) ?? []
  if (type !== undefined) {
    if (types.has(name!)) throw new Error(`a second TYPE of ${name}`)
    types.set(name!, kind!)
  } else if (!/^# HELP [a-zA-Z_:][a-zA-Z0-9_:]* /.test(line)) throw new Error(`not a comment: ${line}`)
}

function readSample(line: string): ReadSample {
  const [, name, rest] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)([^]*)$/.exec(line) ?? []
  if (name === undefined) throw new Error(`no name: ${line}`)
  const [labels, after] = readLabels(rest!)
  const [, value, exemplar] = /^ (-?[0-9.e+-]+|NaN|[+-]Inf)(?: # (\{[^]*\} \S+ \S+))?$/.exec(after) ?? []
  if (value === undefined) throw new Error(`no value: ${line}`)
  return {
    name,
    labels,
    value: value.endsWith('Inf') ? (value.startsWith('-') ? -Infinity : Infinity) : Number(value),
    exemplar: exemplar === undefined ? null : readLabels(exemplar)[0],
  }
}

function readLabels(text: string): [labels: Record<string, string>, rest: string] {
  const labels: Record<string, string> = Object.create(null) as Record<string, string>
  if (!text.startsWith('{')) return [labels, text]
  let at = 1
  while (text[at] !== '}') {
    const [whole, name] = /^,?([a-zA-Z_][a-zA-Z0-9_]*)="/.exec(text.slice(at)) ?? []
    if (name === undefined) throw new Error(`no label at ${JSON.stringify(text.slice(at))}`)
    at += whole!.length
    let value = ''
    for (; text[at] !== '"'; at++) {
      if (at >= text.length) throw new Error('a label value does not end')
      if (text[at] !== '\\') value += text[at]
      else {
        const escaped = { '\\': '\\', '"': '"', n: '\n' }[text[++at]!]
        if (escaped === undefined) throw new Error(`an unknown escape in ${text}`)
        value += escaped
      }
    }
    if (name in labels) throw new Error(`the label ${name} twice`)
    labels[name] = value
    at++
  }
  return [labels, text.slice(at + 1)]
}
