import { closeSync, existsSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { Random } from '../simulation/cluster/random.ts'

/**
 * What a careless person or a dying disk does to a state folder while nobody runs: it is deleted, or one of its files is cut
 * short or filled with noise. Nothing in there is the truth, so that nothing of it may show.
 * Says what it did; null where there is nothing to ruin.
 */
export function ruin(folder: string, random: Random): 'delete' | 'tear' | 'noise' | null {
  const files = existsSync(folder)
    ? readdirSync(folder).filter((name) => statSync(path.join(folder, name)).isFile())
    : []
  if (files.length === 0) return null
  const how = random.of(['delete', 'tear', 'noise'] as const)
  if (how === 'delete') {
    rmSync(folder, { recursive: true, force: true })
    return how
  }
  const file = path.join(folder, random.of(files))
  const { size } = statSync(file)
  if (how === 'tear') {
    truncateSync(file, Math.floor(size * random.next()))
    return how
  }
  const noise = Buffer.from(Array.from({ length: 1 + Math.floor(size / 8) }, () => random.whole(0, 255)))
  const open = openSync(file, 'r+')
  writeSync(open, noise, 0, noise.length, Math.floor(size * random.next()))
  closeSync(open)
  return how
}
