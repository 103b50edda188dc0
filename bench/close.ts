import { createDecoder } from '../src/decode/create-decoder.ts'
import { sha256 } from '../src/ledger/digest.ts'
import { Observer } from '../src/observe.ts'
import { toChunks } from '../src/pane/chunks.ts'
import { encodePane } from '../src/pane/codec.ts'
import type { Pane } from '../src/pane/pane.ts'
import { benchConfig, planOf, schemaLookup } from './config.ts'
import { nsSince } from './cpu-time.ts'
import { FIFTY_FIELDS, schemaOf, START_MS } from './events.ts'
import { RecordPool } from './record-pool.ts'
import type { BenchOptions, Row } from './row.ts'

const ROUNDS = 8
const MS_MAX = 50

/**
 * What closing a pane keeps everything else waiting for: the record that closes it (the last values are folded, the sketches
 * finished), its canonical bytes, their sha256, the deflated chunks. Between the steps of `fold` and `encode` others have
 * their turn; heartbeats have a timer of their own.
 */
export async function closeRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const pool = new RecordPool(FIFTY_FIELDS, 20_000)
  return [
    ...closing(pool, { events: 100_000 * scale, panes: 1 }),
    ...closing(pool, { events: 5000 * scale, panes: 1 }),
    ...closing(pool, { events: 60_000 * scale, panes: 12 }),
  ]
}

/** `panes` of the same length are open at once, with `events` in all of them; one later record closes all. */
function closing(pool: RecordPool, { events, panes }: { events: number; panes: number }): Row[] {
  const rounds = Array.from({ length: ROUNDS }, () => closeOnce(pool, events, panes))
  // The median, because a single closing is short and may meet a collection of garbage.
  const median = (of: (each: Closing) => number): number => rounds.map(of).sort((a, b) => a - b)[ROUNDS >> 1]!
  const [fold, encode, digest, chunk] = [median((each) => each.fold), median((each) => each.encode), median((each) => each.digest), median((each) => each.chunk)] // prettier-ignore
  const title = panes === 1 ? `a pane of ${events.toLocaleString('en')} events` : `${panes} panes of ${(events / panes).toLocaleString('en')} events at once` // prettier-ignore
  const all = fold + encode + digest + chunk
  const goal = `≤ ${MS_MAX} ms`
  const kb = (bytes: number): string => `${Math.round(bytes / 1000)} kB`
  const note = `${kb(rounds[0]!.size)}, ${kb(rounds[0]!.sent)} as sent`
  const row = (name: string, ns: number, more: Partial<Row> = {}): Row => ({ name: `${title}: ${name}`, ns, per: 'pane', ...more }) // prettier-ignore
  const worst = Math.max(fold * panes, encode + digest + chunk)
  return [
    row('fold, finish sketches', fold),
    row('canonical bytes', encode, { note }),
    row('sha256', digest),
    row('chunks, deflated', chunk),
    row('all of it', all, { goal, isMet: all <= MS_MAX * 1e6 }),
    row('longest without a break', worst, { per: 'time', goal, isMet: worst <= MS_MAX * 1e6 }),
  ]
}

interface Closing {
  /** Nanoseconds per pane. */
  fold: number
  encode: number
  digest: number
  chunk: number
  /** Bytes. */
  size: number
  sent: number
}

function closeOnce(pool: RecordPool, events: number, panes: number): Closing {
  const config = benchConfig(FIFTY_FIELDS)
  const plan = planOf(config)
  const decoder = createDecoder(plan, schemaLookup(schemaOf(FIFTY_FIELDS)), config.limits)
  const observer = new Observer({ plan, partition: 0, panes: config.panes, paneConfigDigest: '', decoder, offset: 0, checkpoint: null }) // prettier-ignore
  const { lengthMs } = config.panes
  // In turns over the panes, so that the watermark, the median, stays behind all of them until the end.
  for (let at = 0; at < events; at++) observer.observe(pool.record(at, START_MS + (at % panes) * lengthMs + 1000))

  const later = START_MS + panes * lengthMs + config.panes.latenessMs
  let fold = 0
  for (let at = events; observer.closedThroughMs < later - config.panes.latenessMs; at++) {
    const record = pool.record(at, later)
    const before = process.cpuUsage()
    observer.observe(record)
    fold = Math.max(fold, nsSince(before))
  }
  const closed = observer.takeOutbox().panes
  const bytes: Buffer[] = []
  const encode = timed(() => closed.forEach((pane) => bytes.push(encodePane(pane))))
  const digests: string[] = []
  const digest = timed(() => bytes.forEach((each) => digests.push(sha256(each))))
  let sent = 0
  const chunk = timed(() => closed.forEach((pane, at) => (sent += chunkBytes(pane, bytes[at]!, digests[at]!))))
  const per = closed.length
  return { fold: fold / per, encode: encode / per, digest: digest / per, chunk: chunk / per, size: sizeOf(bytes) / per, sent: sent / per } // prettier-ignore
}

function chunkBytes({ stream, partition, startMs }: Pane, bytes: Buffer, digest: string): number {
  const chunks = toChunks({ kind: 'pane', stream, partition, startMs }, bytes, { key: stream, digest })
  return chunks.reduce((sum, { value }) => sum + value!.length, 0)
}

function timed(work: () => void): number {
  const before = process.cpuUsage()
  work()
  return nsSince(before)
}

function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}
