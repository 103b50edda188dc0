import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MonitorError } from '../errors.ts'
import { readJson, syncFolder, writeAtomically } from './atomic-file.ts'
import { FileLock } from './file-lock.ts'
import { FilePartition } from './file-partition.ts'
import type { LocalGroup } from './local-group.ts'
import type { Commit, LogStore } from './local-store.ts'
import type { TopicSpec } from './log.ts'
import { Signal } from './signal.ts'

/** As Kafka allows; also what keeps a topic's name a harmless folder name. */
const TOPIC_NAME = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/

interface TopicsFile {
  version: 1
  topics: Record<string, { partitions: number; config: Readonly<Record<string, string>> }>
}

/**
 * A directory of logs, for one process at a time. Nothing is ever deleted: `retention.ms` is kept and not obeyed.
 *
 *   lock
 *   topics.json              name -> partitions, config; written atomically, after the topic's files
 *   topics/<name>/<n>.log    see file-record.ts
 *   groups/<name>.json       committed offsets with their metadata; written atomically
 */
export class FileStore implements LogStore {
  readonly changed = new Signal()
  readonly groups = new Map<string, LocalGroup>()
  readonly #directory: string
  readonly #lock: FileLock
  readonly #topics = new Map<string, FilePartition[]>()
  readonly #commits = new Map<string, Map<string, Commit>>()
  #file: TopicsFile = { version: 1, topics: {} }

  private constructor(directory: string, lock: FileLock) {
    this.#directory = directory
    this.#lock = lock
  }

  static async open(directory: string): Promise<FileStore> {
    try {
      for (const folder of ['topics', 'groups']) await mkdir(join(directory, folder), { recursive: true })
      const store = new FileStore(directory, await FileLock.take(directory))
      try {
        await store.#load()
      } catch (error) {
        await store.close()
        throw error
      }
      return store
    } catch (error) {
      if (error instanceof MonitorError) throw error
      const message = `the log directory ${directory} cannot be opened: ${(error as Error).message}`
      throw new MonitorError('EVENKEEL_STATE_IO', message, { cause: error })
    }
  }

  /** Per file, the bytes of an interrupted append that were cut off on opening. */
  get torn(): { topic: string; partition: number; bytes: number }[] {
    return [...this.#topics].flatMap(([topic, partitions]) => {
      const torn = partitions.map(({ tornBytes }, partition) => ({ topic, partition, bytes: tornBytes }))
      return torn.filter(({ bytes }) => bytes > 0)
    })
  }

  partitions(topic: string): readonly FilePartition[] | null {
    return this.#topics.get(topic) ?? null
  }

  async createTopic({ topic, partitions, config }: TopicSpec): Promise<void> {
    if (!TOPIC_NAME.test(topic)) throw new MonitorError('EVENKEEL_LOG_FAILED', `${topic} is not a topic name`)
    const folder = join(this.#directory, 'topics', topic)
    const file = { version: 1 as const, topics: { ...this.#file.topics, [topic]: { partitions, config } } }
    let opened: FilePartition[] = []
    try {
      await mkdir(folder, { recursive: true })
      opened = await openPartitions(topic, folder, partitions)
      for (const made of [folder, dirname(folder)]) await syncFolder(made)
      await writeAtomically(join(this.#directory, 'topics.json'), JSON.stringify(file, null, 2))
    } catch (error) {
      for (const partition of opened) await partition.close()
      const message = `topic ${topic} cannot be created: ${(error as Error).message}`
      throw new MonitorError('EVENKEEL_STATE_IO', message, { retriable: true, cause: error })
    }
    this.#file = file
    this.#topics.set(topic, opened)
  }

  commits(group: string): Map<string, Commit> {
    const commits = this.#commits.get(group) ?? new Map<string, Commit>()
    this.#commits.set(group, commits)
    return commits
  }

  async saveCommits(group: string): Promise<void> {
    const text = JSON.stringify(Object.fromEntries(this.commits(group)), null, 2)
    try {
      await writeAtomically(join(this.#directory, 'groups', `${encodeURIComponent(group)}.json`), text)
    } catch (error) {
      const message = `the commits of group ${group} cannot be written: ${(error as Error).message}`
      throw new MonitorError('EVENKEEL_STATE_IO', message, { retriable: true, cause: error })
    }
  }

  async close(): Promise<void> {
    for (const partitions of this.#topics.values()) for (const partition of partitions) await partition.close()
    await this.#lock.release()
  }

  async #load(): Promise<void> {
    this.#file = (await readJson<TopicsFile>(join(this.#directory, 'topics.json'))) ?? this.#file
    if (this.#file.version !== 1) throw new Error(`topics.json has version ${this.#file.version}, not 1`)
    for (const [topic, { partitions }] of Object.entries(this.#file.topics)) {
      this.#topics.set(topic, await openPartitions(topic, join(this.#directory, 'topics', topic), partitions))
    }
    for (const name of await readdir(join(this.#directory, 'groups'))) {
      if (!name.endsWith('.json')) continue // the draft of an interrupted write
      const commits = await readJson<Record<string, Commit>>(join(this.#directory, 'groups', name))
      this.#commits.set(decodeURIComponent(name.slice(0, -'.json'.length)), new Map(Object.entries(commits ?? {})))
    }
  }
}

async function openPartitions(topic: string, folder: string, count: number): Promise<FilePartition[]> {
  const opened: FilePartition[] = []
  try {
    for (let partition = 0; partition < count; partition++) {
      opened.push(await FilePartition.open(topic, partition, join(folder, `${partition}.log`)))
    }
    return opened
  } catch (error) {
    for (const partition of opened) await partition.close()
    throw error
  }
}
