import { readFileSync } from 'node:fs'
import type { Baseline } from '../baseline/baseline.ts'
import { misfits } from '../baseline/misfits.ts'
import { readBaseline } from '../baseline/read-baseline.ts'
import type { Config } from '../config/shape.ts'
import { MonitorError } from '../errors.ts'

/** A baseline that fits the configuration. Throws EVENKEEL_CONFIG_INVALID (exit 78) with every reason why it is none. */
export function loadBaseline(path: string, config: Pick<Config, 'streams' | 'panes'>): Baseline {
  const baseline = openBaseline(path)
  const problems = misfits(baseline, config)
  if (problems.length === 0) return baseline
  const lines = problems.map((problem) => `\n  ${problem}`)
  throw invalid(`${path} does not fit the configuration:${lines.join('')}`)
}

/** A baseline as it stands in its file. Throws EVENKEEL_CONFIG_INVALID. */
export function openBaseline(path: string): Baseline {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw invalid(`the baseline cannot be read: ${(error as Error).message}`, error)
  }
  const read = readBaseline(text)
  if ('problem' in read) throw invalid(`${path} ${read.problem}`)
  return read
}

function invalid(message: string, cause?: unknown): MonitorError {
  return new MonitorError('EVENKEEL_CONFIG_INVALID', message, { cause })
}
