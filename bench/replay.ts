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
/** Peers go round a smaller number: hundreds of megabytes of live objects would slow down the others' collections of garbage. */
const TEXTS = 20_000
const RECORDS = 100_000

/**
 * `replay` from file to verdicts: reading, decoding, observing, closing of panes, slices, and the judge after every slice.
 * 10 of 32 fields, one partition. Lines against J = `JSON.parse` of such lines as strings in memory, blocks against a =
 * observing records in memory, in one large pane, without slices and judge.
 *
 * What a slice costs does not grow with the events in it, so how many that are decides how much of it an event bears:
 * 100,000 in five minutes are a busy topic (330 a second), 5,000 are a quiet one (17 a second), of which a day is replayed
 * in some seconds either way.
 */
export async function replayRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-bench-'))
  const sizes = [100_000, 20_000, 5000].map((slice) => ({ slice: slice.toLocaleString('en'), stepMs: 300_000 / slice }))
  const files = { json: [] as string[], avro: [] as string[] }
  const events = EVENTS * scale
  try {
    for (const { slice, stepMs } of sizes) {
      files.json.push(path.join(folder, `${slice}.ndjson`))
      files.avro.push(path.join(folder, `${slice}.avro`))
      await writeLines(files.json.at(-1)!, events, stepMs)
      await writeContainer(files.avro.at(-1)!, events, stepMs)
    }
    const texts = Array.from({ length: TEXTS * scale }, (_, index) => JSON.stringify(event(index, STEP_MS.largePane)))
    const records = recordsEvery(STEP_MS.largePane, RECORDS * scale)
    const figures = await inTurns(5, [
      { calls: 10 * texts.length, run: () => repeat(10, () => texts.forEach((text) => JSON.parse(text) as unknown)) },
      { calls: 2 * records.length, run: () => repeat(2, observing(records, TEN_FIELDS)) },
      ...files.json.map((file) => ({ calls: events, run: replaying(file, events, 'json') })),
      ...files.avro.map((file) => ({ calls: events, run: replaying(file, events, 'avro') })),
    ])
    const [j, a, ...replayed] = figures as [number, number, ...number[]]
    const jsonPeer = { ns: j, letter: 'J', percentMin: 55 }
    const avroPeer = { ns: a, letter: 'a', percentMin: 40 }
    return [
      { name: 'J: JSON.parse of lines in memory', ns: j, per: 'event', note: `${texts[0]!.length} characters` },
      ...sizes.map(({ slice }, at) => rateRow(`NDJSON, slices of ${slice} events`, replayed[at]!, jsonPeer)),
      { name: 'a: observe records in memory, one large pane', ns: a, per: 'event' },
      ...sizes.map(({ slice }, at) =>
        rateRow(`Avro container, slices of ${slice} events`, replayed[3 + at]!, avroPeer),
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
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
