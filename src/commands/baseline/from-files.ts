import type { Config } from '../../config/shape.ts'
import { streamGroups } from '../../config/stream-groups.ts'
import { MonitorError } from '../../errors.ts'
import { openInput } from '../../log/input/open-input.ts'
import { ProgressBar } from '../../replay/progress-bar.ts'
import { ReplayGroup } from '../../replay/replay-group.ts'
import type { SealedSlice } from '../../slice/slice.ts'
import type { Io } from '../main.ts'

/** The slices of event files, through the pipes of a replay. A file that is torn makes no baseline: throws EVENKEEL_INPUT_UNREADABLE. */
export async function foldFiles(
  config: Config,
  paths: ReadonlyMap<string, string>,
  partitions: number,
  onSlice: (sealed: SealedSlice) => void,
  io: Io,
): Promise<void> {
  const bar = new ProgressBar(io.stderr)
  for (const group of streamGroups(config)) {
    const inputs = new Map(
      await Promise.all(
        group.streams.map(async ({ name }) => {
          return [name, await openInput(paths.get(name)!, { recordBytesMax: config.limits.recordBytes })] as const
        }),
      ),
    )
    const replayed = new ReplayGroup(config, group, inputs, partitions, { onSlice })
    await replayed.run(() => bar.show([...inputs.values()]))
    if (replayed.inputFailure !== null) throw new MonitorError('EVENKEEL_INPUT_UNREADABLE', replayed.inputFailure)
  }
  bar.clear()
}
