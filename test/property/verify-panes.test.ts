import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { Observer } from '../../src/observe.ts'
import { paneDigest } from '../../src/pane/digest.ts'
import { planStream } from '../../src/pane/plan.ts'
import { NO_SEGMENTS } from '../../src/pane/segments.ts'
import { Comparison } from '../../src/verify/comparison.ts'
import type { Compared } from '../../src/verify/comparison.ts'
import { RebuiltPartition } from '../../src/verify/rebuilt-partition.ts'
import { RecordedPartition } from '../../src/verify/recorded-panes.ts'
import { PANES, jsonRecord, streamConfig, streamsOf } from '../support/streams.ts'
import { randomFrom } from '../support/traffic.ts'

const config = streamConfig()
const plan = planStream(config, streamsOf(config))
const decoder = createDecoder(plan, { get: () => undefined }, { recordBytes: 1 << 20 })
const stream = { group: 'impressions', config, plan, panes: PANES, paneConfigDigest: 'sha256:test', decoder }
const HOUR_MS = 3_600_000

/** A partition's log as it is on a bad day: disorder, wrong clocks, gaps, repeats, decoys, garbage. */
function logOf(seed: number): LogRecord[] {
  const random = randomFrom(seed)
  const pick = (count: number): number => Math.floor(random() * count)
  let now = 1_700_000_000_000
  const timeOf = (luck: number): number => {
    if (luck < 8) return now + 2 * HOUR_MS
    if (luck === 11) return 4_070_908_800_000
    if (luck === 12) return now - HOUR_MS
    // Clocks that run ahead, but not too far: such events wait in panes that are not due for long.
    return luck >= 15 && luck < 22 ? now + pick(HOUR_MS) : now - 90_000 + pick(120_000)
  }
  return Array.from({ length: 400 + pick(1_200) }, (_, offset) => {
    const luck = pick(200)
    now += luck === 199 ? 5 * HOUR_MS : pick(60_000)
    if (luck === 0) return jsonRecord(offset, '{broken')
    if (luck === 1) return jsonRecord(offset, { ts: 'yesterday', user: 'u1', model: 'm1' })
    const ts = timeOf(luck)
    const id = luck < 40 ? `again${pick(5)}` : `e${offset}`
    const model = luck === 13 ? null : ['m1', 'm2', 'm3'][pick(3)]!
    return jsonRecord(offset, { ts, id, user: `u${pick(40)}`, model, price: luck < 60 ? null : pick(100), country: `c${pick(7)}`, plan: luck < 60 ? 'x' : 'pro', member: luck < 50, test: luck === 14, clicked: luck < 40 }) // prettier-ignore
  })
}

/** What one who was always there puts on record; silent at some offsets, of which not all are told (somebody crashed there). */
function recordOf(
  log: readonly LogRecord[],
  silences: readonly { offset: number; isTold: boolean }[],
): RecordedPartition {
  // prettier-ignore
  const recorded = new RecordedPartition()
  const observer = new Observer({ plan, partition: 0, panes: PANES, paneConfigDigest: 'sha256:test', decoder, offset: 0, checkpoint: null }) // prettier-ignore
  const publish = (): void => {
    for (const pane of observer.takeOutbox().panes) {
      if (!recorded.panes.has(pane.startMs)) recorded.panes.set(pane.startMs, { digest: paneDigest(pane), idle: pane.idle, lost: pane.lost }) // prettier-ignore
    }
  }
  for (const record of log) {
    const silence = silences.find(({ offset }) => offset === record.offset)
    if (silence !== undefined) {
      observer.closeIdle(0)
      if (silence.isTold) recorded.silentAt.add(record.offset)
    }
    observer.observe(record)
    publish()
  }
  return recorded
}

function verified(
  log: readonly LogRecord[],
  recorded: RecordedPartition,
  from: number,
  certainFromMs: number | null,
): Compared[] {
  const comparison = new Comparison({ fromMs: -Infinity, toMs: Infinity }, true)
  const partition = new RebuiltPartition({
    ...{ stream, partition: 0, from, end: log.length, recorded, certainFromMs, certainFromMinMs: -Infinity },
    ...{ segments: NO_SEGMENTS, comparison, differs: () => undefined },
  })
  for (const record of log.slice(from)) partition.observe(record)
  partition.advance(log.length)
  partition.finish(null)
  return comparison.kept!
}

const SEEDS = Array.from({ length: 24 }, (_, at) => at + 1)
const count = (compared: readonly Compared[], outcome: string): number =>
  compared.filter((each) => each.outcome === outcome).length

describe('panes made again', () => {
  it('from the first event are equal, all of them', () => {
    for (const seed of SEEDS) {
      const log = logOf(seed)
      const recorded = recordOf(log, [])
      const compared = verified(log, recorded, 0, -Infinity)
      assert.equal(count(compared, 'equal'), recorded.panes.size, `seed ${seed}`)
      assert.equal(compared.length, recorded.panes.size, `seed ${seed}`)
    }
  })

  it('from anywhere in the log never seem to differ, and most are certain', () => {
    let [equal, outOfReach] = [0, 0]
    for (const seed of SEEDS) {
      const log = logOf(seed)
      const recorded = recordOf(log, [])
      const from = Math.floor((log.length * (seed % 10)) / 20)
      const compared = verified(log, recorded, from, null)
      assert.deepEqual(compared.filter(({ outcome }) => outcome === 'differs'), [], `seed ${seed}`) // prettier-ignore
      equal += count(compared, 'equal')
      outOfReach += count(compared, 'out-of-reach')
    }
    assert.ok(equal > 2 * outOfReach && outOfReach > 50, `${equal} equal, ${outOfReach} out of reach`)
  })

  it('are equal behind silences that were told; behind those that were not, what may depend on them is exempt', () => {
    let exempt = 0
    for (const seed of SEEDS) {
      const log = logOf(seed)
      const random = randomFrom(seed + 1_000)
      const silences = Array.from({ length: 3 }, () => Math.floor(random() * log.length))
      const told = recordOf(log, silences.map((offset) => ({ offset, isTold: true }))) // prettier-ignore
      assert.equal(count(verified(log, told, 0, -Infinity), 'equal'), told.panes.size, `seed ${seed}: all told`)
      const untold = recordOf(log, silences.map((offset, at) => ({ offset, isTold: at > 0 }))) // prettier-ignore
      const compared = verified(log, untold, 0, -Infinity)
      assert.deepEqual(compared.filter(({ outcome }) => outcome === 'differs'), [], `seed ${seed}: one untold`) // prettier-ignore
      exempt += count(compared, 'exempt')
    }
    assert.ok(exempt > 3, `only ${exempt} exempt`)
  })

  it('show a pane that somebody changed, unless it is out of reach', () => {
    for (const seed of SEEDS.slice(0, 20)) {
      const log = logOf(seed)
      const recorded = recordOf(log, [])
      const starts = [...recorded.panes.keys()]
      const startMs = starts[Math.floor(starts.length * 0.9)]!
      recorded.panes.get(startMs)!.digest = 'sha256:other'
      const compared = verified(log, recorded, Math.floor(log.length / 4), null)
      assert.deepEqual(compared.filter(({ outcome }) => outcome === 'differs').map((each) => each.startMs), [startMs], `seed ${seed}`) // prettier-ignore
    }
  })
})
