import { setTimeout as sleep } from 'node:timers/promises'
import { streamGroups } from '../config/stream-groups.ts'
import type { Config, StreamConfig } from '../config/shape.ts'
import { createJsonReader } from '../decode/json-decoder.ts'
import type { SlotValue } from '../decode/decoder.ts'
import { textOf } from '../decode/text.ts'
import { MonitorError } from '../errors.ts'
import { partitionFor } from '../log/murmur2.ts'
import { openInput } from '../log/input/open-input.ts'
import type { Log, RecordToAppend } from '../log/log.ts'
import { planStream } from '../pane/plan.ts'

/** Event topics of file logs are ours to make: nobody else writes there. */
export async function ensureEventTopics(log: Log, config: Config): Promise<void> {
  for (const { streams } of streamGroups(config)) {
    for (const { topic } of streams) {
      if ((await log.bounds(topic)) !== null) continue
      await log.createTopics([{ topic, partitions: PARTITIONS, replicationFactor: 1, config: {} }])
    }
  }
}

/** `run --feed STREAM=FILE`: the lines of a file, appended to the stream's topic and keyed by unit, as a producer would. */
export async function feedFile(log: Log, config: Config, stream: StreamConfig, path: string): Promise<number> {
  const input = await openInput(path, { recordBytesMax: config.limits.recordBytes })
  if (input.format !== 'ndjson') {
    await input.close()
    throw new MonitorError('EVENKEEL_USAGE', `--feed takes lines of JSON, and ${path} is an Avro container`)
  }
  const plan = planStream(stream, config)
  const reader = createJsonReader(plan)
  const values = new Array<SlotValue>(plan.paths.length).fill(undefined)
  const keySlot = plan.unitSlot >= 0 ? plan.unitSlot : plan.idSlot
  const partitions = (await log.bounds(stream.topic))?.length ?? PARTITIONS
  let count = 0
  for await (const { data, bounds } of input.chunks()) {
    const byPartition = new Map<number, RecordToAppend[]>()
    for (let at = 0; at < bounds.length; at += 2) {
      const [from, to] = [bounds[at]!, bounds[at + 1]!]
      const isEvent = reader.read(data, from, to, values).kind === 'shape'
      const key = isEvent && keySlot >= 0 ? textOf(values[keySlot]) : null
      const partition = key === null ? 0 : partitionFor(key, partitions)
      const own = byPartition.get(partition) ?? []
      byPartition.set(partition, own)
      own.push({ key, partition, value: data.subarray(from, to) })
      count++
    }
    // Each by itself: what failed has written nothing there, and is written once when there is room again.
    for (const own of byPartition.values()) await appendAtLast(log, stream.topic, own)
  }
  return count
}

/** A disk that is full will have room again; the file can wait. */
async function appendAtLast(log: Log, topic: string, records: readonly RecordToAppend[]): Promise<void> {
  for (;;) {
    try {
      return await log.append(topic, records)
    } catch (error) {
      if (!(error instanceof MonitorError && error.retriable)) throw error
      await sleep(RETRY_MS)
    }
  }
}

const RETRY_MS = 1_000

const PARTITIONS = 3
