import { createDecoder } from '../src/decode/create-decoder.ts'
import { Observer } from '../src/observe.ts'
import { toChunks } from '../src/pane/chunks.ts'
import { encodePane } from '../src/pane/codec.ts'
import { benchConfig, planOf, schemaLookup } from './config.ts'
import { FIFTY_FIELDS, schemaOf, START_MS } from './events.ts'
import { RecordPool } from './record-pool.ts'
import type { BenchOptions, Row } from './row.ts'

const PARTITIONS = 12
const EVENTS_PER_PANE = 100_000
/** Two panes and a third of the next: behind the lateness, so that the second is closed while the third fills. */
const PANES = 2.34
const AT_A_TIME = 1000
const MB_MAX = 512

/** Resident memory of one instance that observes 12 busy partitions of a wide stream and gives each closed pane away. */
export async function memoryPanesRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const eventsPerPane = EVENTS_PER_PANE * scale
  const config = benchConfig(FIFTY_FIELDS)
  const plan = planOf(config)
  const { lengthMs } = config.panes
  const decoder = createDecoder(plan, schemaLookup(schemaOf(FIFTY_FIELDS)), config.limits)
  const observers = Array.from({ length: PARTITIONS }, (_, partition) => {
    return new Observer({ plan, partition, panes: config.panes, paneConfigDigest: '', decoder, offset: 0, checkpoint: null }) // prettier-ignore
  })
  const pool = new RecordPool(FIFTY_FIELDS, 20_000)
  const before = process.memoryUsage.rss() / 1e6
  let highest = 0
  let panes = 0
  let bytes = 0
  for (let from = 0; from < PANES * eventsPerPane; from += AT_A_TIME) {
    for (const [partition, observer] of observers.entries()) {
      for (let at = from; at < from + AT_A_TIME; at++) {
        observer.observe(pool.record(at + partition * 1667, START_MS + Math.floor((at * lengthMs) / eventsPerPane)))
      }
      for (const pane of observer.takeOutbox().panes) {
        panes++
        const { stream, startMs } = pane
        for (const { value } of toChunks({ kind: 'pane', stream, partition, startMs }, encodePane(pane), {
          key: stream,
        })) {
          // prettier-ignore
          bytes += value!.length
        }
      }
    }
    highest = Math.max(highest, process.memoryUsage.rss() / 1e6)
  }
  const note = `${panes} panes closed, ${Math.round(bytes / panes / 1000)} kB each as published`
  return [
    { name: 'before the first record, 20,000 records in memory', mb: before },
    { name: 'highest', mb: highest, goal: `≤ ${MB_MAX} MB`, isMet: highest <= MB_MAX, note },
  ]
}
