import { reportLostDigits, reportRepeats } from './report.ts'
import type { Report } from './report.ts'
import type { DraftStream } from './meaning-streams.ts'
import { nearest } from './nearest.ts'
import type { Path } from './path.ts'
import type { Draft, RawMetric } from './raw.ts'
import { hasLostDigits, textOfRaw } from './text.ts'

type Streams = readonly (DraftStream | undefined)[]

export function checkEngagement(stream: DraftStream, path: Path, streams: Streams, report: Report): void {
  const metrics = stream.engagement ?? []
  reportRepeats(
    metrics.map((metric) => metric?.name),
    (at) => [...path, 'engagement', at, 'name'],
    'metric',
    report,
  )
  for (const [at, metric] of metrics.entries()) {
    if (metric === undefined) continue
    const place = [...path, 'engagement', at]
    if (metric.rate !== undefined) checkRate(metric.rate, stream, [...place, 'rate'], report)
    if (metric.ratio !== undefined) checkRatio(metric.ratio, stream, [...place, 'ratio'], streams, report)
  }
}

/** A rate that counts a value its field can never have would be zero for ever, and pass. */
function checkRate(
  rate: NonNullable<Draft<RawMetric>['rate']>,
  stream: DraftStream,
  place: Path,
  report: Report,
): void {
  if (rate.equals === undefined) return
  if (hasLostDigits(rate.equals)) return reportLostDigits([...place, 'equals'], report)
  const field = stream.fields?.find((each) => each?.name !== undefined && each.name === rate.field)
  const text = textOfRaw(rate.equals)
  if (field?.kind === 'boolean' && text !== 'true' && text !== 'false') {
    report([...place, 'equals'], `"${text}" is never the value of the boolean field ${rate.field}; write true or false`)
  }
  const values = field?.values?.map((value) => (value === undefined ? undefined : textOfRaw(value)))
  if (field?.kind === 'categorical' && values !== undefined && !values.includes(text)) {
    report([...place, 'equals'], `"${text}" is not among the declared values of ${rate.field}`)
  }
}

function checkRatio(
  ratio: NonNullable<Draft<RawMetric>['ratio']>,
  own: DraftStream,
  place: Path,
  streams: Streams,
  report: Report,
): void {
  const { sum, count, per } = ratio
  const known = (name: string | undefined, at: Path): DraftStream | undefined => {
    if (name === undefined) return undefined
    const found = name === 'events' ? own : streams.find((stream) => stream?.name === name)
    if (found === undefined) report(at, wordUnknownStream(name, streams))
    return found
  }
  const denominator = known(per, [...place, 'per'])
  const counted = known(count, [...place, 'count'])
  if (counted !== undefined && counted === denominator) {
    report([...place, 'count'], 'counts the same events it is divided by: the ratio is always 1')
  }
  if (sum === undefined) return
  const isOwn = typeof sum === 'string'
  const summed = isOwn ? own : known(sum.stream, [...place, 'sum', 'stream'])
  const name = isOwn ? sum : sum.field
  const field = summed?.fields?.find((each) => each?.name !== undefined && each.name === name)
  if (field?.kind !== undefined && field.kind !== 'numeric') {
    report(
      [...place, 'sum', ...(isOwn ? [] : ['field'])],
      `${name} is ${field.kind}: only numeric fields can be summed`,
    )
  }
}

export function wordUnknownStream(name: string, streams: Streams): string {
  const near = nearest(
    name,
    streams.flatMap((stream) => stream?.name ?? []),
  )
  if (near === undefined) return `there is no stream "${name}"`
  return `there is no stream "${name}"; ${near.isClose ? `did you mean "${near.word}"?` : `the nearest is "${near.word}"`}`
}
