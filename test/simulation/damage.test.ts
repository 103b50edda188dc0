import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LogRecord } from '../../src/log/log.ts'
import { kindOf } from '../../src/pane/chunks.ts'
import { TOPICS } from './cluster/cluster.ts'
import { PANE_MS, START_MS } from './cluster/events.ts'
import type { Plan } from './cluster/faults.ts'
import { startOf } from './cluster/rot.ts'
import type { Rot } from './cluster/rot.ts'
import { runPlan, runSeed } from './cluster/run.ts'
import type { Run } from './cluster/run.ts'
import { worldOf } from './cluster/worlds.ts'
import type { World } from './cluster/worlds.ts'

/** What the seeds of cluster.test.ts found once, each by itself: nothing else happens to the cluster. */
const PEACEFUL: Plan = {
  instances: ['a'],
  weather: { twice: 0, fails: 0, latencyMsMax: 50 },
  faults: [],
  skewsMs: [0],
  retention: null,
  rot: [],
  hasDisks: false,
}
const [TURNING, PLAIN, GROWING] = [worldOf(2), worldOf(3), worldOf(1)]
const NOTHING = { lost: [], twice: [], differing: [] }

/** The next that is written, of those whose pane or slice begins then. */
function torn(topic: string, startMs: number | null = null): Rot {
  const fits = (record: LogRecord): boolean => kindOf(record) !== 'progress' && (startMs === null || startOf(record) === startMs) // prettier-ignore
  return { atMs: START_MS, topic, damage: { how: 'tear', place: 'next', at: 0.5, fits } }
}

async function assertUnharmed(world: World, plan: Partial<Plan>): Promise<Run> {
  const run = await runPlan(1, world, { ...PEACEFUL, ...plan })
  const { faults, tally, told } = run
  const struck = plan.rot === undefined ? tally.size > 0 : [...tally.keys()].some((kind) => kind.includes(' in '))
  assert.ok(struck, 'nothing struck')
  assert.deepEqual(faults, NOTHING, told.join('\n'))
  return run
}

describe('a record that rots, and nothing comes behind it that would show the gap', () => {
  // Its panes lie before the commit. The next owner took the slice for one without panes, and wrote it so.
  it('as the last slice on record: it is made again from its panes, which are behind the commit', async () => {
    const startMs = START_MS + 4 * PANE_MS
    const { damage, topic } = torn(TOPICS.slices, startMs)
    // Long after it was read back and the panes' offset committed, and before the next one comes.
    const rot = [{ topic, atMs: startMs + 2 * PANE_MS + 45_000, damage: { ...damage, place: 0 } }]
    const crash = { atMs: startMs + 2 * PANE_MS + 46_000, kind: 'crash', instance: 0, size: 0 } as const
    await assertUnharmed(PLAIN, { rot, faults: [crash] })
  })

  // The era could not end before it was read back, and nobody wrote anything that would have shown that it was missing.
  it('as the last slice of an era: it is made again at once, and the era turns', async () => {
    const { told } = await assertUnharmed(TURNING, { rot: [torn(TOPICS.slices, TURNING.turnMs! - PANE_MS)] })
    assert.ok(
      told.some((line) => line.includes('that we wrote cannot be read back') && line < '06:14'),
      told.join('\n'),
    )
  })

  // It was acknowledged, and so taken for sent until the next start; when that was in the next era nobody sent it any more.
  it('as an alert: it is sent once more', async () => {
    await assertUnharmed(PLAIN, { rot: [torn(TOPICS.alerts)] })
    await assertUnharmed(TURNING, { rot: [torn(TOPICS.alerts)] })
  })

  // The watch began with the next pane, and the first slice was never published.
  it('as the first pane of all: the watch waits until it is made again', async () => {
    await assertUnharmed(PLAIN, { rot: [torn(TOPICS.panes, START_MS - PANE_MS)] })
  })
})

// The pane whose name it bore was taken for a copy of it that differs, and its slice written without it.
it('a pane under the name of another is what its bytes say, and the other one is not taken for a copy', async () => {
  const later = START_MS + 2 * PANE_MS
  const fits = (record: LogRecord): boolean => kindOf(record) === 'pane' && startOf(record) === later - PANE_MS
  const damage = { how: 'rename', place: 'next', at: 0, fits, header: ['start', String(later)] } as const
  await assertUnharmed(PLAIN, { rot: [{ atMs: START_MS, topic: TOPICS.panes, damage }] })
})

describe('a partition that is added', () => {
  it('is in every slice from its first pane on, and in none before, whenever it is heard of', async () => {
    const { atMs } = GROWING.growth!
    const of = (kind: Plan['faults'][number]['kind'], agoMs: number, size = 0): Plan['faults'][number] => ({ atMs: atMs - agoMs, kind, instance: 0, size }) // prettier-ignore
    // Slices from before it was added are assembled when it is known of; and the first that it is in, by somebody who has not yet looked.
    const plans = [
      [of('cut off for long', 240_000)],
      [of('pause', 61_000, 1)],
      [of('crash', 100)],
      [of('stop', -1_000)],
    ]
    for (const faults of plans) await assertUnharmed(GROWING, { faults })
  })
})

describe('what rots twice', () => {
  // Who waited for one slice and then for the next went on reading behind those that stood between, and waited for ever.
  for (const seed of [261, 358]) {
    it(`two slices: what stands between them is read in its turn (seed ${seed})`, async () => {
      const { faults, told } = await runSeed(seed)
      assert.deepEqual(faults, NOTHING, told.join('\n'))
    })
  }

  // It counted as published, whatever became of it, and every slice waited for it.
  it('a pane, and the one that was made in its place: it is made once more (seed 431)', async () => {
    const { faults, told } = await runSeed(431)
    assert.deepEqual(faults, NOTHING, told.join('\n'))
  })
})
