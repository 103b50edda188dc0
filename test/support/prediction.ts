import { toCloudEvent } from '../../src/alert/cloud-event.ts'
import type { AlertRecord } from '../../src/alert/cloud-event.ts'
import { loadConfig } from '../../src/config/load.ts'
import { streamGroups } from '../../src/config/stream-groups.ts'
import { openInput } from '../../src/log/input/open-input.ts'
import { partitionFor } from '../../src/log/murmur2.ts'
import { Watermark } from '../../src/pane/watermark.ts'
import { ReplayGroup } from '../../src/replay/replay-group.ts'
import type { CaseEvent } from './case-events.ts'

export interface Predicted extends AlertRecord {
  sliceEndMs: number
}

/** What the alerts topic has to hold after these events, by a replay of them in this process. */
export async function predictAlerts(configPath: string, input: string, partitions: number): Promise<Predicted[]> {
  const config = loadConfig(configPath, {})
  const [group] = streamGroups(config)
  const file = await openInput(input, { recordBytesMax: config.limits.recordBytes })
  const replayed = new ReplayGroup(config, group!, new Map([[group!.name, file]]), partitions)
  const predicted: Predicted[] = []
  const { judge } = replayed
  const addSlice = judge.addSlice.bind(judge)
  judge.addSlice = (sealed) => {
    const step = addSlice(sealed)
    predicted.push(
      ...step.notices.map((notice) => ({ ...toCloudEvent(notice, config.instance), sliceEndMs: notice.sliceEndMs })),
    )
    return step
  }
  await replayed.run(() => undefined)
  return predicted
}

/** The last pane end that every partition's watermark has passed when the last of these events has come. */
export function closedThroughMs(events: readonly CaseEvent[], partitions: number): number {
  const watermarks = Array.from({ length: partitions }, () => new Watermark({ latenessMs: 60_000, lengthMs: PANE_MS }))
  for (const { ts, unit_id } of events) watermarks[partitionFor(unit_id, partitions)]!.add(ts)
  return Math.floor(Math.min(...watermarks.map(({ valueMs }) => valueMs)) / PANE_MS) * PANE_MS
}

const PANE_MS = 300_000
