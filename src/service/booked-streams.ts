import { paneConfigDigest } from '../config/pane-config.ts'
import type { Config } from '../config/shape.ts'
import { streamGroups } from '../config/stream-groups.ts'
import { planStream } from '../pane/plan.ts'
import type { BookedStream } from '../view/hour-book.ts'

/** Where in the slices each stream's counts are, in the order of the configuration. */
export function bookedStreams(file: Config, configOf: (group: string) => Config = () => file): BookedStream[] {
  return streamGroups(file).flatMap(({ name }) => {
    const config = configOf(name)
    const group = streamGroups(config).find((each) => each.name === name)!
    const plans = new Map(group.streams.map((stream) => [stream.name, planStream(stream, config)]))
    const digest = paneConfigDigest(group, config)
    return group.streams.map((stream) => ({ group: group.name, stream, plans, paneConfigDigest: digest }))
  })
}
