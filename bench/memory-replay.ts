import assert from 'node:assert/strict'
import { execFileSync, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { benchConfig } from './config.ts'
import { STEP_MS, TEN_FIELDS } from './events.ts'
import { replayGroup } from './replay.ts'
import type { BenchOptions, Row } from './row.ts'

const EVENTS = 5_000_000
const MARKS = 5
const MB_MAX = 512
const GROWTH_MAX = 1.1

/**
 * Resident memory of a whole replay, judge included, as its input goes by: an Avro container of slices of 20,000 events, read
 * from a pipe that another process fills. Flat = no more than a tenth above what it was after the first fifth.
 *
 * Whether the replay itself holds more and more is told besides by the least that was in use during each fifth, just after a
 * collection: V8's space for young objects, which has its full size from the start (`src/young-space.ts`), hides some of it.
 */
export async function memoryReplayRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const events = EVENTS * scale
  const folder = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-bench-'))
  const pipe = path.join(folder, 'events.avro')
  execFileSync('mkfifo', [pipe])
  const writer = fork(path.join(import.meta.dirname, 'write-container.ts'), [pipe, String(events), String(STEP_MS.slicesOf20000)]) // prettier-ignore
  try {
    const { group } = await replayGroup(benchConfig(TEN_FIELDS), pipe)
    const totals = group.totals.get('bench')!
    const marks: { mb: number; heldMb: number }[] = []
    let heldMb = Infinity
    let highest = 0
    let chunks = 0
    await group.run(() => {
      if (++chunks % 16 !== 0) return
      const { rss, heapUsed, external } = process.memoryUsage()
      const mb = rss / 1e6
      heldMb = Math.min(heldMb, (heapUsed + external) / 1e6)
      highest = Math.max(highest, mb)
      if (totals.facts().events.read < ((marks.length + 1) * events) / MARKS) return
      marks.push({ mb, heldMb })
      heldMb = Infinity
    })
    if (marks.length < MARKS) marks.push({ mb: process.memoryUsage.rss() / 1e6, heldMb })
    assert.equal(totals.facts().events.read, events)
    const first = marks[0]!.mb
    const growth = marks.at(-1)!.mb / first
    return [
      ...marks.map(({ mb, heldMb }, at) => ({
        ...{ name: `after ${millions(((at + 1) * events) / MARKS)} events`, mb, ratio: mb / first },
        note: `in use since the row before: at least ${Math.round(heldMb)} MB`,
      })),
      { name: 'from the first fifth to the end', ratio: growth, goal: `≤ ${GROWTH_MAX}`, isMet: growth <= GROWTH_MAX },
      { name: 'highest', mb: highest, goal: `≤ ${MB_MAX} MB`, isMet: highest <= MB_MAX },
    ]
  } finally {
    writer.kill()
    rmSync(folder, { recursive: true })
  }
}

function millions(count: number): string {
  return `${(count / 1e6).toLocaleString('en')} million`
}
