import { joinNames } from './joined-streams.ts'
import type { Report } from './report.ts'
import type { DraftStream } from './meaning-streams.ts'
import type { Draft, RawConfig } from './raw.ts'
import { DEFAULTS } from './defaults.ts'
import { textOfRaw } from './text.ts'

/** Numerator and denominator of a ratio are added up by bucket: a unit must fall into the same bucket in every stream of the group. */
export function checkJoins(draft: Draft<RawConfig>, report: Report): void {
  const streams = (draft.streams ?? []).flatMap((stream, at) => (stream?.name === undefined ? [] : [{ ...stream, at }]))
  const names = [...new Set(streams.map(({ name }) => name!))]
  const groups = joinNames(names, streams.flatMap(joinsOf))
  for (const group of groups) {
    const [first, ...rest] = streams.filter(({ name }) => group.includes(name!))
    if (first === undefined) continue
    for (const stream of rest) {
      const path = ['streams', stream.at]
      const because = `the two are joined by a ratio`
      if (saltOf(stream, draft) !== saltOf(first, draft)) {
        report([...path, 'salt'], `must be that of stream ${first.name}, "${saltOf(first, draft)}": ${because}`)
      }
      if ((stream.unit ?? null) !== (first.unit ?? null)) {
        const wanted = first.unit === undefined || first.unit === null ? 'not set, as' : `"${first.unit}", as`
        report([...path, 'unit'], `must be ${wanted} in stream ${first.name}: ${because}`)
      }
    }
  }
}

function joinsOf(stream: DraftStream): string[][] {
  return (stream.engagement ?? []).flatMap((metric) => {
    const { sum, count, per } = metric?.ratio ?? {}
    const named = [typeof sum === 'object' ? sum.stream : undefined, count, per]
    return [[stream.name!, ...named.flatMap((name) => (name === undefined || name === 'events' ? [] : name))]]
  })
}

function saltOf(stream: DraftStream, draft: Draft<RawConfig>): string {
  return stream.salt === undefined ? (draft.topics?.prefix ?? DEFAULTS.prefix) : textOfRaw(stream.salt)
}
