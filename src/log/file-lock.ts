import { randomUUID } from 'node:crypto'
import { readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { MonitorError } from '../errors.ts'

const REFRESH_MS = 5_000
/** A holder we cannot look at (another host, another container) is gone when its lock has not been refreshed for so long. */
const STALE_MS = 30_000
/** A lock without contents is being written at this moment, or its writer crashed there. */
const HALF_WRITTEN_MS = 2_000

interface Holder {
  pid: number
  host: string
  token: string
}

/**
 * Keeps a directory for one process at a time: a file with its pid, refreshed while it lives. A lock whose process is
 * gone is taken over. Inside containers every process may be number 1, so the token tells ours from an old one.
 */
export class FileLock {
  static readonly #held = new Set<string>()
  readonly #path: string
  readonly #token: string
  readonly #refreshing: NodeJS.Timeout

  private constructor(path: string, token: string) {
    this.#path = path
    this.#token = token
    this.#refreshing = setInterval(() => {
      const now = new Date()
      utimes(path, now, now).catch(() => undefined) // the next one may succeed; until then nobody takes it over
    }, REFRESH_MS)
    this.#refreshing.unref()
  }

  static async take(directory: string): Promise<FileLock> {
    const path = join(directory, 'lock')
    const mine: Holder = { pid: process.pid, host: hostname(), token: randomUUID() }
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        await writeFile(path, JSON.stringify(mine), { flag: 'wx' })
        FileLock.#held.add(mine.token)
        return new FileLock(path, mine.token)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      await breakStale(path, FileLock.#held)
    }
    throw new MonitorError('EVENKEEL_STATE_IO', `${path} is being taken by several processes at once`)
  }

  async release(): Promise<void> {
    clearInterval(this.#refreshing)
    FileLock.#held.delete(this.#token)
    if ((await holderOf(this.#path))?.token === this.#token) await unlink(this.#path)
  }
}

/** Moves a stale lock out of the way, or throws that somebody holds it. */
async function breakStale(path: string, held: ReadonlySet<string>): Promise<void> {
  const holder = await holderOf(path)
  if (holder === null) return // it went away meanwhile
  if (await isAlive(path, holder, held)) {
    throw new MonitorError('EVENKEEL_STATE_IO', `${path}: in use by process ${holder.pid} on ${holder.host}`)
  }
  const aside = `${path}.stale-${randomUUID()}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return // another process was faster
    throw error
  }
  // Between the look and the rename another process may have taken over: then we hold ITS lock in hand.
  if ((await holderOf(aside))?.token !== holder.token) await rename(aside, path)
  else await unlink(aside)
}

async function isAlive(path: string, holder: Holder, held: ReadonlySet<string>): Promise<boolean> {
  if (held.has(holder.token)) return true
  if (holder.pid <= 0) return (await ageMs(path)) < HALF_WRITTEN_MS
  if (holder.host !== hostname()) return (await ageMs(path)) < STALE_MS
  if (holder.pid === process.pid) return false // our number, but not our token: of an earlier process
  try {
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function ageMs(path: string): Promise<number> {
  return Date.now() - (await stat(path)).mtimeMs
}

async function holderOf(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    if (error instanceof SyntaxError) return { pid: 0, host: hostname(), token: 'half-written' }
    throw error
  }
}
