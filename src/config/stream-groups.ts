import { joinNames } from './joined-streams.ts'
import type { Config, StreamConfig } from './shape.ts'

/** Streams that a ratio metric joins share panes, slices and cells. The first name is the group's key in every topic. */
export interface StreamGroup {
  name: string
  /** Ascending by name, so that the order of the file means nothing. */
  streams: readonly StreamConfig[]
}

export function streamGroups({ streams }: Pick<Config, 'streams'>): StreamGroup[] {
  const joins = streams.flatMap((stream) =>
    stream.engagement.flatMap((metric) =>
      metric.kind === 'ratio' ? [[stream.name, metric.numerator.stream, metric.per]] : [],
    ),
  )
  const byName = new Map(streams.map((stream) => [stream.name, stream]))
  const groups = joinNames([...byName.keys()], joins)
  return groups.map((names) => ({ name: names[0]!, streams: names.map((name) => byName.get(name)!) }))
}
