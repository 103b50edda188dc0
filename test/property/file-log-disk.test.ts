import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { MonitorError } from '../../src/errors.ts'
import { FileStore } from '../../src/log/file-store.ts'
import { Random } from '../simulation/cluster/random.ts'
import { afterPowerCut, WatchedDisk } from '../support/watched-disk.ts'

const root = mkdtempSync(path.join(tmpdir(), 'evenkeel-disk-'))
after(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const newFolder = (): string => path.join(root, String(folders++))

type Task = { topic: string } | { topic: string; partition: number; values: string[] } | { commit: number }

/** What a service does with its logs: makes topics, appends, commits. */
function tasksOf(random: Random, count: number): Task[] {
  const tasks: Task[] = [{ topic: 'panes' }, { topic: 'slices' }]
  for (let number = 0; number < count; number++) {
    const values = Array.from({ length: random.whole(1, 3) }, (_, at) => `${number}/${at} ${'x'.repeat(random.whole(0, 3_000))}`) // prettier-ignore
    const topic = random.of(['panes', 'slices'])
    tasks.push(random.chance(0.2) ? { commit: number } : { topic, partition: random.whole(0, 1), values })
  }
  return tasks
}

async function perform(store: FileStore, task: Task): Promise<void> {
  if ('commit' in task) {
    store.commits('group').set('panes/0', { offset: task.commit, metadata: `at ${task.commit}` })
    return store.saveCommits('group')
  }
  if (!('values' in task)) {
    const isThere = store.partitions(task.topic) !== null
    return isThere ? undefined : store.createTopic({ ...task, partitions: 2, replicationFactor: 1, config: {} })
  }
  const records = task.values.map((value) => ({ timestampMs: 0, key: null, value: Buffer.from(value), headers: {} }))
  return store.partitions(task.topic)![task.partition]!.append(records)
}

async function contentsOf(directory: string): Promise<{ values: Map<string, string[]>; commit: number }> {
  const store = await FileStore.open(directory)
  const values = new Map<string, string[]>()
  for (const topic of ['panes', 'slices']) {
    for (const [partition, each] of (store.partitions(topic) ?? []).entries()) {
      const { records } = await each.read(0, { records: Infinity, bytes: Infinity })
      values.set(`${topic}/${partition}`, records.map(({ value }) => String(value))) // prettier-ignore
    }
  }
  const commit = store.commits('group').get('panes/0')?.offset ?? -1
  await store.close()
  return { values, commit }
}

/** Of each partition the values of these tasks, in order, and the last commit. */
function expectedOf(tasks: readonly Task[]): { values: Map<string, string[]>; commit: number } {
  const values = new Map<string, string[]>()
  for (const task of tasks) {
    if ('commit' in task) continue
    for (const partition of [0, 1]) values.set(`${task.topic}/${partition}`, values.get(`${task.topic}/${partition}`) ?? []) // prettier-ignore
    if ('values' in task) values.get(`${task.topic}/${task.partition}`)!.push(...task.values)
  }
  return { values, commit: Math.max(-1, ...tasks.map((task) => ('commit' in task ? task.commit : -1))) }
}

describe('a directory of logs', () => {
  const POINTS = 200

  it(`after a power cut, at ${POINTS} points: all that was acknowledged, and a beginning of what was not`, async (t) => {
    const seed = Date.now() % 1_000_000
    t.diagnostic(`seed ${seed}`)
    const random = new Random(seed)
    const directory = newFolder()
    mkdirSync(directory)
    const disk = new WatchedDisk(directory)
    const tasks = tasksOf(random, 80)
    await disk.start()
    try {
      const store = await FileStore.open(directory)
      for (const [at, task] of tasks.entries()) {
        await perform(store, task)
        disk.done(at + 1)
      }
      await store.close()
    } finally {
      disk.stop()
    }
    const { steps } = disk
    for (let point = 0; point < POINTS; point++) {
      const cutAt = random.whole(0, steps.length)
      const before = steps.slice(0, cutAt)
      const done = before.reduce((count, step) => (step.kind === 'done' ? step.count : count), 0)
      const left = newFolder()
      afterPowerCut(before, directory, left, random)
      const found = await contentsOf(left)
      const [least, most] = [expectedOf(tasks.slice(0, done)), expectedOf(tasks.slice(0, done + 1))]
      for (const [place, values] of least.values) {
        const there = found.values.get(place) ?? []
        const attempted = most.values.get(place)!
        assert.ok(there.length >= values.length, `step ${cutAt}: ${place} has ${there.length} of ${values.length}`)
        assert.deepEqual(there, attempted.slice(0, there.length), `step ${cutAt}: ${place}`)
      }
      assert.ok([least.commit, most.commit].includes(found.commit), `step ${cutAt}: commit ${found.commit}`)
      rmSync(left, { recursive: true })
    }
  })

  for (const failure of ['EIO', 'ENOSPC'] as const) {
    it(`when the Nth step of the disk fails with ${failure}, for every N: said as such, nothing lost, nothing invented`, async (t) => {
      const tasks = tasksOf(new Random(7), 25)
      for (let failAt = 1; ; failAt++) {
        const directory = newFolder()
        mkdirSync(directory)
        const disk = Object.assign(new WatchedDisk(directory), { failAt, failure })
        await disk.start()
        try {
          await throughAll(directory, tasks)
        } finally {
          disk.stop()
        }
        const found = await contentsOf(directory)
        const { values, commit } = expectedOf(tasks)
        for (const [place, list] of values) {
          // What failed may be there all the same, and then stands there twice.
          const unique = [...new Set(found.values.get(place))]
          assert.deepEqual(unique, list, `failing at ${failAt}: ${place}`)
        }
        assert.equal(found.commit, commit, `failing at ${failAt}`)
        rmSync(directory, { recursive: true })
        if (disk.count < failAt) return t.diagnostic(`${failAt - 1} steps`)
      }
    })
  }
})

/** As a service: what may pass is tried again; after anything else it ends, and whoever watches it starts it again. */
async function throughAll(directory: string, tasks: readonly Task[]): Promise<void> {
  const due = [...tasks]
  let store: FileStore | null = null
  while (due.length > 0) {
    try {
      store ??= await FileStore.open(directory)
      await perform(store, due[0]!)
      due.shift()
    } catch (error) {
      assert.ok(
        error instanceof MonitorError && error.code === 'EVENKEEL_STATE_IO',
        `not said as such: ${String(error)}`,
      )
      if (error.retriable) continue
      await store?.close()
      store = null
    }
  }
  await store?.close()
}
