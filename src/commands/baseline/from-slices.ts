import { paneConfigDigest } from '../../config/pane-config.ts'
import type { Config } from '../../config/shape.ts'
import { streamGroups } from '../../config/stream-groups.ts'
import { MonitorError } from '../../errors.ts'
import type { LogRecord } from '../../log/log.ts'
import { openLog } from '../../log/open.ts'
import { ChunkAssembler } from '../../pane/chunk-assembler.ts'
import { ownTopics } from '../../service/own-topics.ts'
import { openSlice } from '../../slice/codec.ts'
import type { SealedSlice } from '../../slice/slice.ts'

/** The slices that a running service has published, in order, those that lie within the range; read to the end of the topic. */
export async function foldSlices(
  config: Config,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  onSlice: (sealed: SealedSlice) => void,
): Promise<void> {
  const digests = new Map(streamGroups(config).map((group) => [group.name, paneConfigDigest(group, config)]))
  const topic = ownTopics(config).slices
  const last = new Map<string, number>()
  let foreign = 0
  const add = (sealed: SealedSlice): void => {
    const { stream, number, startMs, lengthMs, paneConfigDigest: digest } = sealed.slice
    if (digests.get(stream) !== digest) return void foreign++
    // The first in the log for its number counts; an older log may begin anywhere.
    if (last.has(stream) && number !== last.get(stream)! + 1) return
    last.set(stream, number)
    if (startMs >= fromMs && startMs + lengthMs <= toMs) onSlice(sealed)
  }
  await readSlices(config, topic, add)
  if (last.size === 0 && foreign > 0) {
    const message = `${topic} holds ${foreign} slices, none of them of this configuration of panes`
    throw new MonitorError('EVENKEEL_PANE_CONFIG_CHANGED', message)
  }
}

async function readSlices(config: Config, topic: string, add: (sealed: SealedSlice) => void): Promise<void> {
  const log = await openLog(config, { retries: 0 })
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined) // raced against below
  try {
    if ((await log.bounds(topic)) === null)
      throw new MonitorError('EVENKEEL_TOPIC_MISSING', `there is no topic ${topic}`)
    const chunks = new ChunkAssembler()
    const tail = await log.tail(topic, new Map(), async (records: readonly LogRecord[]) => {
      try {
        for (const record of records) {
          const chunk = chunks.add(record)
          if (chunk.kind === 'complete') add(openSlice(chunk.bytes))
        }
      } catch (error) {
        broken.reject(error)
      }
    })
    await Promise.race([tail.caughtUp, broken.promise, log.failed])
    await tail.stop()
  } finally {
    await log.close()
  }
}
