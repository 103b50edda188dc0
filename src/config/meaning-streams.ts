import { ownTopicName, OWN_TOPICS } from './own-topics.ts'
import { DEFAULTS } from './defaults.ts'
import { parseInstant } from './instant.ts'
import { checkFields } from './meaning-fields.ts'
import { checkEngagement } from './meaning-engagement.ts'
import { reportLostDigits, reportRepeats } from './report.ts'
import type { Report } from './report.ts'
import type { Path } from './path.ts'
import type { Draft, RawConfig, RawStream, RawText } from './raw.ts'
import { hasLostDigits, listOf, textOfRaw } from './text.ts'

export type DraftStream = Draft<RawStream>

export function checkStreams(draft: Draft<RawConfig>, report: Report): void {
  const streams = draft.streams ?? []
  reportRepeats(
    streams.map((stream) => stream?.name),
    (at) => ['streams', at, 'name'],
    'stream',
    report,
  )
  const prefix = draft.topics?.prefix ?? DEFAULTS.prefix
  const own = new Set(OWN_TOPICS.map((name) => ownTopicName(prefix, name)))
  const firstByTopic = new Map<string, string>()

  for (const [at, stream] of streams.entries()) {
    if (stream === undefined) continue
    const path = ['streams', at]
    if (stream.name === 'events')
      report([...path, 'name'], '"events" is reserved: in ratios it means the stream itself')
    if (stream.topic !== undefined) {
      const first = firstByTopic.get(stream.topic)
      if (own.has(stream.topic)) report([...path, 'topic'], `"${stream.topic}" is one of Evenkeel's own topics`)
      // One consumer group has one committed offset per partition.
      else if (first !== undefined)
        report([...path, 'topic'], `"${stream.topic}" is already the topic of stream ${first}`)
      else firstByTopic.set(stream.topic, stream.name ?? `streams[${at}]`)
    }
    checkStart(stream, path, report)
    checkCohort(stream, path, report)
    checkAllocation(stream, path, report)
    if (hasLostDigits(stream.salt)) reportLostDigits([...path, 'salt'], report)
    if (hasLostDigits(stream.synthetic?.equals)) reportLostDigits([...path, 'synthetic', 'equals'], report)
    checkFields(stream, path, report)
    checkEngagement(stream, path, streams, report)
  }
}

function checkStart({ start }: DraftStream, path: Path, report: Report): void {
  if (start === undefined || start === 'latest' || start === 'earliest') return
  if (parseInstant(start) === null) report([...path, 'start'], `"${start}" names a day or time that does not exist`)
}

function checkCohort({ cohort }: DraftStream, path: Path, report: Report): void {
  const sides = new Map<string, string>()
  for (const side of ['control', 'candidate'] as const) {
    const values = cohort?.[side]
    for (const [at, value] of listOf<RawText | undefined>(values).entries()) {
      if (value === undefined) continue
      const place = [...path, 'cohort', side, ...(Array.isArray(values) ? [at] : [])]
      const text = textOfRaw(value)
      const other = sides.get(text)
      if (hasLostDigits(value)) reportLostDigits(place, report)
      else if (text === '') report(place, 'must not be empty')
      else if (other === side) report(place, `"${text}" stands here twice: values compare as text`)
      else if (other !== undefined) report(place, `"${text}" is in control as well: no event can be both`)
      sides.set(text, side)
    }
  }
}

function checkAllocation({ allocation }: DraftStream, path: Path, report: Report): void {
  if (allocation === undefined || allocation === null) return
  if (!Array.isArray(allocation)) return checkShares(allocation, [...path, 'allocation'], report)
  let lastMs = -Infinity
  for (const [at, entry] of allocation.entries()) {
    if (entry === undefined) continue
    const place = [...path, 'allocation', at]
    checkShares(entry, place, report)
    if (entry.from === undefined) continue
    const fromMs = parseInstant(entry.from)
    if (fromMs === null) report([...place, 'from'], `"${entry.from}" names a day or time that does not exist`)
    else if (fromMs <= lastMs)
      report([...place, 'from'], `"${entry.from}" is not after the entry before: times must ascend`)
    lastMs = Math.max(lastMs, fromMs ?? -Infinity)
  }
}

function checkShares(
  shares: { control?: number | undefined; candidate?: number | undefined },
  place: Path,
  report: Report,
): void {
  if (shares.control === undefined || shares.candidate === undefined) return
  const sum = shares.control + shares.candidate
  // Less than 1 is a plan too: the rest of the units is in neither cohort.
  if (sum <= 1 + 1e-6) return
  report(place, `control and candidate are shares of all units: they add up to ${Number(sum.toPrecision(6))}, above 1`)
}
