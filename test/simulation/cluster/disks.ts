import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Parts } from '../../../src/service/pipes.ts'
import { ruin } from '../../torture/ruin.ts'
import type { Scheduler } from './scheduler.ts'
import { note } from './tally.ts'
import type { Tally } from './tally.ts'

/**
 * The state folders of a cluster, as files. A process that dies leaves its own as they are at that moment; but in here it goes on
 * holding them open, and so whoever comes after it gets a copy.
 */
export class Disks {
  private readonly root = mkdtempSync(path.join(tmpdir(), 'evenkeel-simulation-'))
  private readonly lives = new Map<string, number>()
  private readonly scheduler: Scheduler
  private readonly tally: Tally

  constructor(scheduler: Scheduler, tally: Tally) {
    this.scheduler = scheduler
    this.tally = tally
  }

  /** Of an instance that is about to start; in the meantime somebody may have been there. */
  folderOf(name: string): string {
    const folder = this.place(name)
    const { random } = this.scheduler
    if (random.chance(RUINED)) {
      const how = ruin(folder, random)
      if (how !== null) note(this.tally, `state folder: ${how}`)
    }
    return folder
  }

  /** It has died: nothing of it is written any more. */
  abandon(name: string, { view, hours }: Parts): void {
    const folder = this.place(name)
    this.lives.set(name, (this.lives.get(name) ?? 0) + 1)
    // It may have died before it wrote a word.
    if (existsSync(folder)) cpSync(folder, this.place(name), { recursive: true })
    // The code that was running when it died comes to its next `await` first.
    this.scheduler.after(0, () => {
      close(() => view?.close())
      close(() => hours?.close())
    })
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }

  private place(name: string): string {
    return path.join(this.root, `${name}-${this.lives.get(name) ?? 0}`)
  }
}

function close(work: () => void): void {
  try {
    work()
  } catch (error) {
    // It died while it was stopping, or after that: this one it had closed itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE')) throw error
  }
}

/** Of all starts. */
const RUINED = 0.3
