import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import process from 'node:process'

export const PEERS_FOLDER = path.join(import.meta.dirname, '../peers')

/** The Python with the rivals in it, or why there is none. */
export type PeersEnvironment = { python: string } | { missing: string }

/**
 * Makes a virtual environment with the pinned rivals once, under the user's cache. Without Python or without the package
 * index there are no rivals: everything else goes on, and says so.
 */
export function preparePeers(say: (line: string) => void): PeersEnvironment {
  const requirements = path.join(PEERS_FOLDER, 'requirements.txt')
  const pinned = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const folder = path.join(cacheFolder(), `peers-${pinned}`)
  const python = path.join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const stamp = path.join(folder, 'installed')
  if (existsSync(stamp)) return { python }

  const base = ['python3', 'python'].find((name) => isRecent(name))
  if (base === undefined) return { missing: 'no Python 3.11 or newer' }
  say(`installing the rivals into ${folder} (once) …`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(path.dirname(folder), { recursive: true })
  const made = spawnSync(base, ['-m', 'venv', folder], { encoding: 'utf8' })
  if (made.status !== 0) return { missing: `no virtual environment: ${lastLine(made.stderr || made.stdout)}` }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]
  const installed = spawnSync(python, pip, { encoding: 'utf8' })
  if (installed.status !== 0) return { missing: `the packages could not be installed: ${lastLine(installed.stderr)}` }
  writeFileSync(stamp, '')
  return { python }
}

function cacheFolder(): string {
  return path.join(process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'evenkeel')
}

function isRecent(python: string): boolean {
  const asked = spawnSync(python, ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))'])
  return asked.status === 0
}

function lastLine(text: string | null): string {
  return (text ?? '').trim().split('\n').at(-1) ?? ''
}
