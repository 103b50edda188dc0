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
import { writeContainer, writeLines } from './event-files.ts'
import { event, STEP_MS, TEN_FIELDS } from './events.ts'
import { observing, recordsEvery } from './observe.ts'
import { rateRow } from './row.ts'
import type { BenchOptions, Row } from './row.ts'

const EVENTS = 300_000

/**
 * `replay` from file to verdicts: reading, decoding, observing, closing of panes, slices, and the judge after every slice.
 * 10 of 32 fields, one partition. Lines against J = `JSON.parse` of the same lines as strings in memory, blocks against (a) =
 * observing as many records in memory, in one large pane, without slices and judge.
 */
export async function replayRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const events = EVENTS * scale
  const folder = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-bench-'))
  try {
    const usual = path.join(folder, 'usual.avro')
    const small = path.join(folder, 'small.avro')
    const lines = path.join(folder, 'usual.ndjson')
    const texts = Array.from({ length: events }, (_, index) => JSON.stringify(event(index, STEP_MS.slicesOf20000)))
    await writeLines(lines, texts)
    await writeContainer(usual, events, STEP_MS.slicesOf20000)
    await writeContainer(small, events, STEP_MS.panesOf5000)

    const tasks = [
      () => texts.forEach((text) => JSON.parse(text) as unknown),
      observing(recordsEvery(STEP_MS.largePane, events), TEN_FIELDS),
      replaying(lines, events, 'json'),
      replaying(usual, events, 'avro'),
      replaying(small, events, 'avro'),
    ]
    const figures = await inTurns(5, tasks.map((run) => ({ calls: events, run }))) // prettier-ignore
    const [j, a, ndjson, avro, avroSmall] = figures as [number, number, number, number, number]
    return [
      { name: 'J: JSON.parse of lines in memory', ns: j, per: 'event', note: `${texts[0]!.length} characters` },
      rateRow('NDJSON, slices of 20,000 events', ndjson, { ns: j, letter: 'J', percentMin: 55 }),
      { name: 'a: observe records in memory, one large pane', ns: a, per: 'event' },
      rateRow('Avro container, slices of 20,000 events', avro, { ns: a, letter: 'a', percentMin: 40 }),
      rateRow('Avro container, slices of 5,000 events', avroSmall, { ns: a, letter: 'a', percentMin: 40 }),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
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
