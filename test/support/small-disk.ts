import { execFile } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/**
 * A disk that can be filled to its last byte and freed: a file system in memory, which answers ENOSPC like any other. Null where this
 * process may not mount one.
 */
export async function smallDisk(folder: string): Promise<SmallDisk | null> {
  mkdirSync(folder, { recursive: true })
  try {
    await exec('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder])
  } catch {
    return null
  }
  const filler = path.join(folder, 'filler')
  return {
    fill: () => fillWith(filler),
    free: () => rmSync(filler),
    remove: async () => void (await exec('umount', ['--lazy', folder])),
  }
}

export interface SmallDisk {
  /** Not one more byte. */
  fill: () => void
  free: () => void
  remove: () => Promise<void>
}

/**
 * The process with this id can make no file larger than it is, or again as large as it likes. The kernel answers EFBIG instead of
 * ENOSPC, and everybody may ask for it.
 */
export async function limitFiles(pid: number, to: 'nothing' | 'unlimited'): Promise<void> {
  await exec('prlimit', [`--pid=${pid}`, `--fsize=${to === 'nothing' ? '1' : 'unlimited'}:`])
}

function fillWith(file: string): void {
  const descriptor = openSync(file, 'w')
  try {
    for (const size of [1 << 20, 1 << 12, 1]) writeUntilFull(descriptor, Buffer.alloc(size))
  } finally {
    closeSync(descriptor)
  }
}

function writeUntilFull(descriptor: number, piece: Buffer): void {
  try {
    for (;;) writeSync(descriptor, piece)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
