import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Config } from '../src/config/shape.ts'
import { streamGroups } from '../src/config/stream-groups.ts'
import { openInput } from '../src/log/input/open-input.ts'
import { ReplayGroup } from '../src/replay/replay-group.ts'
import { benchConfig } from './config.ts'
import { inTurns } from './cpu-time.ts'
import type { Task } from './cpu-time.ts'
import { writeContainer, writeLines } from './event-files.ts'
import { event, STEP_MS, TEN_FIELDS } from './events.ts'
import { observing, recordsEvery } from './observe.ts'
import { rateRow } from './row.ts'
import type { BenchOptions, Row } from './row.ts'

const EVENTS = 300_000
/** Peers go round a smaller number: hundreds of megabytes of live objects would slow down the others' collections of garbage. */
const TEXTS = 20_000
const RECORDS = 100_000
/** Events in five minutes. */
const SLICES = [100_000, 20_000, 5000]

/**
 * `replay` from file to verdicts: reading, decoding, observing, closing of panes, slices, and the judge after every slice.
 * 10 of 32 fields, one partition. One format in a process, as in a replay.
 *
 * What a slice costs does not grow with the events in it, so how many that are decides how much of it an event bears:
 * 100,000 in five minutes are a busy topic (330 a second), 5,000 a quiet one (17 a second), of which a whole day is replayed
 * in some seconds either way.
 */
export async function replayLinesRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const texts = Array.from({ length: TEXTS * scale }, (_, index) => JSON.stringify(event(index, STEP_MS.largePane)))
  const parse = { calls: 10 * texts.length, run: () => repeat(10, () => texts.forEach((text) => JSON.parse(text) as unknown)) } // prettier-ignore
  const [j, ...replayed] = await replaysBeside(parse, 'json', scale)
  return [
    { name: 'J: JSON.parse of lines in memory', ns: j, per: 'event', note: `${texts[0]!.length} characters` },
    ...SLICES.map((slice, at) => rateRow(named('NDJSON', slice), replayed[at]!, { ns: j, letter: 'J', percentMin: 55 })), // prettier-ignore
  ]
}

/** The same of blocks, against a = observing such records in memory, in one large pane, without slices and judge. */
export async function replayBlocksRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const records = recordsEvery(STEP_MS.largePane, RECORDS * scale)
  const observe = { calls: 2 * records.length, run: () => repeat(2, observing(records, TEN_FIELDS)) }
  const [a, ...replayed] = await replaysBeside(observe, 'avro', scale)
  return [
    { name: 'a: observe records in memory, one large pane', ns: a, per: 'event' },
    ...SLICES.map((slice, at) => rateRow(named('Avro container', slice), replayed[at]!, { ns: a, letter: 'a', percentMin: 40 })), // prettier-ignore
  ]
}

/** What an event costs the peer, then in each replay. */
async function replaysBeside(peer: Task, format: 'json' | 'avro', scale: number): Promise<[number, ...number[]]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-bench-'))
  const events = EVENTS * scale
  const write = format === 'json' ? writeLines : writeContainer
  try {
    const tasks = [peer]
    for (const slice of SLICES) {
      const file = path.join(folder, String(slice))
      await write(file, events, 300_000 / slice)
      tasks.push({ calls: events, run: replaying(file, events, format) })
    }
    return (await inTurns(6, tasks)) as [number, ...number[]]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function named(format: string, slice: number): string {
  return `${format}, slices of ${slice.toLocaleString('en')} events`
}

function repeat(times: number, run: () => void): void {
  for (let time = 0; time < times; time++) run()
}

function replaying(file: string, events: number, format: 'json' | 'avro'): () => Promise<void> {
  const config = benchConfig(TEN_FIELDS, { format })
  return async () => {
    const { group } = await replayGroup(config, file)
    await group.run(() => undefined)
    assert.equal(group.totals.get('bench')!.facts().events.read, events)
  }
}

/** As the command makes it, for one stream. */
export async function replayGroup(config: Config, file: string) {
  const input = await openInput(file, { recordBytesMax: config.limits.recordBytes })
  const [group] = streamGroups(config)
  return { input, group: new ReplayGroup(config, group!, new Map([['bench', input]]), 1) }
}
