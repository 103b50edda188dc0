import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Report } from '../../src/verdict/report.ts'
import { evenkeel } from './program.ts'
import type { Ended, StartOptions } from './program.ts'
import { checkedReport } from './report.ts'

export interface Replayed {
  ended: Ended
  /** The report as it stands in the file, to the byte. */
  text: string
  report: Report
}

/** Runs `evenkeel replay …` and reads its report, which goes to a file: what stands on stdout is for people. */
export async function replayed(
  args: readonly string[],
  folder: string,
  name: string,
  options: Pick<StartOptions, 'main' | 'uid'> = {},
): Promise<Replayed> {
  const json = path.join(folder, `${name}.report.json`)
  const ended = await evenkeel([...args, '--json', json], { ...options, timeoutMs: 600_000 })
  if (ended.code === null || ended.code > 3) throw new Error(`exit ${ended.code}: ${ended.stderr}`)
  const text = readFileSync(json, 'utf8')
  const report = checkedReport(text)
  if (/NaN|Infinity|undefined|\bnull\b/.test(ended.stdout)) throw new Error(`told to people:\n${ended.stdout}`)
  return { ended, text, report }
}
