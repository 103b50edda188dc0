import type { Log, LogRecord } from '../../src/log/log.ts'
import { ChunkAssembler } from '../../src/pane/chunk-assembler.ts'
import { kindOf } from '../../src/pane/chunks.ts'
import { decodePane } from '../../src/pane/codec.ts'
import type { Pane } from '../../src/pane/pane.ts'
import { openSlice } from '../../src/slice/codec.ts'
import { readProgress } from '../../src/slice/progress.ts'
import type { Slice } from '../../src/slice/slice.ts'

/** What an installation has left on its topics. */
export interface Outcome {
  /** By `partition@start`: every digest that was ever published for it, and how often; the pane is the first's. */
  panes: Map<string, { digests: Set<string>; copies: number; pane: Pane }>
  /** Partitions of the panes topic that anything of the group stands in: only one is read in order. */
  panesIn: Set<number>
  /** What is told there of panes and progress, in order. */
  told: string[]
  /** By start: the first in the log, which is the one that counts. */
  slices: Map<number, { digest: string; slice: Slice }>
  sliceCopies: number
  /** Of each partition of events, when something of it was written on the panes topic: panes and progress, in order. */
  toldAtMs: Map<string, number[]>
  /** By id: every body under it, and how often any of them stands there. */
  alerts: Map<string, { bodies: Set<string>; copies: number }>
  /** `partition/offset reason` of every record in quarantine. */
  quarantined: Set<string>
  /** The ledger, record by record. */
  ledger: string[]
}

export async function outcomeOf(log: Log, prefix: string): Promise<Outcome> {
  const read = (topic: string): Promise<LogRecord[]> => readAll(log, `${prefix}.${topic}`)
  const outcome: Outcome = {
    ...{
      panes: new Map(),
      panesIn: new Set(),
      told: [],
      slices: new Map(),
      sliceCopies: 0,
      toldAtMs: new Map(),
      alerts: new Map(),
    },
    ...{ quarantined: new Set(), ledger: [] },
  }
  addPanes(outcome, await read('panes'))
  addSlices(outcome, await read('slices'))
  for (const { value } of await read('alerts')) {
    const body = value!.toString('utf8')
    const { id } = JSON.parse(body) as { id: string }
    const alert = outcome.alerts.get(id) ?? { bodies: new Set(), copies: 0 }
    alert.bodies.add(body)
    alert.copies++
    outcome.alerts.set(id, alert)
  }
  for (const { value } of await read('quarantine')) {
    const { partition, offset, reason } = JSON.parse(value!.toString('utf8')) as Record<string, unknown>
    outcome.quarantined.add(`${String(partition)}/${String(offset)} ${String(reason)}`)
  }
  outcome.ledger = (await read('ledger')).map(({ value }) => value!.toString('utf8'))
  return outcome
}

/**
 * How long nothing at all was said of some partition before `toMs`. Whoever has one says something every ten seconds at the latest, and
 * within a second of getting it: what goes beyond ten seconds is time in which nobody had it.
 */
export function longestSilence({ toldAtMs }: Outcome, toMs: number): number {
  const silences = [...toldAtMs.values()].flatMap((times) => {
    const before = times.filter((time) => time < toMs)
    return [...before, toMs].slice(1).map((time, at) => time - before[at]!)
  })
  return Math.max(0, ...silences)
}

function toldText(record: LogRecord): string {
  const at = `${record.partition}/${record.offset} ${new Date(record.timestampMs).toISOString()}`
  const { partition, start } = record.headers
  return kindOf(record) === 'progress' ? `${at} ${record.value!.toString('utf8')}` : `${at} pane ${String(partition)}@${String(start)}` // prettier-ignore
}

/** Each is read by itself: a second copy, whole again, is what a crash between publishing and committing makes. */
function addPanes(outcome: Outcome, records: readonly LogRecord[]): void {
  for (const record of records) {
    const partition = String(readProgress(record)?.partition ?? record.headers['partition'])
    outcome.toldAtMs.set(partition, [...(outcome.toldAtMs.get(partition) ?? []), record.timestampMs])
    outcome.panesIn.add(record.partition)
    outcome.told.push(toldText(record))
  }
  for (const record of records.filter((each) => kindOf(each) === 'pane')) {
    const [partition, start, digest] = ['partition', 'start', 'digest'].map((name) => String(record.headers[name]))
    const key = `${partition}@${start}`
    const known = outcome.panes.get(key)
    if (known === undefined) {
      outcome.panes.set(key, { digests: new Set([digest!]), copies: 1, pane: decodePane(bytesOf(record)) })
    } else {
      known.digests.add(digest!)
      known.copies++
    }
  }
}

function addSlices(outcome: Outcome, records: readonly LogRecord[]): void {
  for (const record of records) {
    outcome.sliceCopies++
    const sealed = openSlice(bytesOf(record))
    if (!outcome.slices.has(sealed.slice.startMs)) outcome.slices.set(sealed.slice.startMs, sealed)
  }
}

/** As small as they are here, one record is one pane, or one slice. */
function bytesOf(record: LogRecord): Buffer {
  const chunk = new ChunkAssembler().add(record)
  if (chunk.kind !== 'complete') throw new Error(`${record.topic}@${record.offset} is ${chunk.kind}`)
  return chunk.bytes
}

async function readAll(log: Log, topic: string): Promise<LogRecord[]> {
  const found: LogRecord[] = []
  const tail = await log.tail(topic, new Map(), async (records) => void found.push(...records))
  await tail.caughtUp
  await tail.stop()
  return found.sort((one, other) => one.partition - other.partition || one.offset - other.offset)
}
