import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { Observer } from '../../src/observe.ts'
import type { ObserveOutbox } from '../../src/observe.ts'
import { paneDigest } from '../../src/pane/digest.ts'
import { planStream } from '../../src/pane/plan.ts'
import { NO_SEGMENTS } from '../../src/pane/segments.ts'
import { Comparison } from '../../src/verify/comparison.ts'
import type { Compared } from '../../src/verify/comparison.ts'
import { RebuiltEras } from '../../src/verify/rebuilt-eras.ts'
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

interface Silence {
  offset: number
  /** Else somebody crashed there before it could be told. */
  isTold: boolean
}

/** What one who was always there puts on record. */
function recordOf(log: readonly LogRecord[], silences: readonly Silence[]): RecordedPartition {
  return recordsOf(log, silences, [{ stream, fromMs: -Infinity }])[0]!
}

interface Era {
  stream: typeof stream
  fromMs: number
}

/** The same, where it turns from one era to the next. */
function recordsOf(log: readonly LogRecord[], silences: readonly Silence[], eras: readonly Era[]): RecordedPartition[] {
  let commit: ObserveOutbox['commit'] | null = null
  return eras.map((era, at) => {
    const recorded = new RecordedPartition()
    const { panes, paneConfigDigest, plan: own } = era.stream
    const place = commit ?? { offset: 0, checkpoint: null }
    const observer: Observer = new Observer({ plan: own, partition: 0, panes, paneConfigDigest, decoder, ...place })
    const next = eras[at + 1]
    if (next !== undefined) observer.turn.endAt(next.fromMs, next.fromMs - next.stream.panes.lengthMs)
    const publish = (isTold: boolean): void => {
      for (const pane of observer.takeOutbox().panes) {
        if (!recorded.panes.has(pane.startMs)) recorded.panes.set(pane.startMs, { digest: paneDigest(pane), idle: pane.idle, lost: pane.lost }) // prettier-ignore
      }
      if (!isTold || observer.closedThroughMs <= recorded.closedThroughMs) return
      recorded.closedThroughMs = observer.closedThroughMs
      recorded.closedAt = observer.position
    }
    for (const record of log.slice(place.offset)) {
      const silence = silences.find(({ offset }) => offset === record.offset)
      if (silence !== undefined && record.offset > place.offset) {
        observer.closeIdle(0)
        if (silence.isTold) recorded.silentAt.add(record.offset)
        publish(silence.isTold)
      }
      if (observer.turn.isEnded) break
      observer.observe(record)
      publish(true)
      if (observer.turn.isEnded) break
    }
    publish(true)
    commit = observer.commitPoint()
    return recorded
  })
}

function verifiedEras(
  log: readonly LogRecord[],
  recorded: readonly RecordedPartition[],
  eras: readonly Era[],
): Compared[] {
  // prettier-ignore
  const comparison = new Comparison({ fromMs: -Infinity, toMs: Infinity }, true)
  const reading = new RebuiltEras(
    eras.map((era, at) => {
      const follower = eras[at + 1]
      const next = follower === undefined ? null : { fromMs: follower.fromMs, neededFromMs: follower.fromMs - follower.stream.panes.lengthMs } // prettier-ignore
      const reachMs = era.fromMs + PANES.aheadMs + 3 * era.stream.panes.lengthMs
      return new RebuiltPartition({
        ...{ stream: { ...era.stream, fromMs: era.fromMs }, partition: 0, from: 0, end: log.length, recorded: recorded[at]!, next }, // prettier-ignore
        ...{ certainFromMs: reachMs, certainFromMinMs: reachMs, segments: NO_SEGMENTS, comparison, differs: () => undefined }, // prettier-ignore
      })
    }),
  )
  while (!reading.isEnded) {
    const record = log[reading.position]
    if (record === undefined) reading.advance(log.length)
    else reading.observe(record)
  }
  reading.finish(null)
  return comparison.kept!
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

  describe('era by era', () => {
    /** At a fifth and at two thirds of what came, with other panes and another patience in between. */
    function erasOf(log: readonly LogRecord[]): Era[] {
      const times = [...recordOf(log, []).panes.keys()]
      const turnMs = (share: number): number => Math.floor(times[Math.floor(times.length * share)]! / 600_000) * 600_000
      const other = { ...stream, panes: { ...PANES, lengthMs: 600_000, latenessMs: 400_000 }, paneConfigDigest: 'sha256:other' } // prettier-ignore
      return [
        { stream, fromMs: -Infinity },
        { stream: other, fromMs: turnMs(0.2) },
        { stream, fromMs: turnMs(0.66) },
      ]
    }

    it('are equal from the first to the last, the turns too', () => {
      for (const seed of SEEDS) {
        const log = logOf(seed)
        const eras = erasOf(log)
        const recorded = recordsOf(log, [], eras)
        const panes = recorded.map((each) => each.panes.size)
        assert.ok(panes.every((size) => size > 3), `seed ${seed}: ${panes.join()}`) // prettier-ignore
        const compared = verifiedEras(log, recorded, eras)
        assert.equal(count(compared, 'equal'), panes.reduce((sum, size) => sum + size), `seed ${seed}`) // prettier-ignore
        assert.equal(compared.length, count(compared, 'equal'), `seed ${seed}`)
      }
    })

    it('never seem to differ behind silences, whether these were told or not', () => {
      let [equal, all] = [0, 0]
      for (const seed of SEEDS) {
        const log = logOf(seed)
        const random = randomFrom(seed + 2_000)
        const eras = erasOf(log)
        const silences = Array.from({ length: 20 }, () => ({ offset: Math.floor(random() * log.length), isTold: random() < 0.7 })) // prettier-ignore
        const compared = verifiedEras(log, recordsOf(log, silences, eras), eras)
        assert.deepEqual(compared.filter(({ outcome }) => outcome === 'differs'), [], `seed ${seed}`) // prettier-ignore
        equal += count(compared, 'equal')
        all += compared.length
      }
      assert.ok(equal > 0.6 * all, `${equal} equal of ${all}`)
    })

    it('show what somebody changed just behind a turn', () => {
      for (const seed of SEEDS.slice(0, 10)) {
        const log = logOf(seed)
        const eras = erasOf(log)
        const recorded = recordsOf(log, [], eras)
        const [startMs] = recorded[1]!.panes.keys()
        recorded[1]!.panes.get(startMs!)!.digest = 'sha256:other'
        const compared = verifiedEras(log, recorded, eras)
        assert.deepEqual(compared.filter(({ outcome }) => outcome === 'differs').map((each) => each.startMs), [startMs], `seed ${seed}`) // prettier-ignore
      }
    })
  })
})
