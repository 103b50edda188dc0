import { loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/shape.ts'
import { streamGroups } from '../../config/stream-groups.ts'
import { EXIT, MonitorError } from '../../errors.ts'
import type { PanesConfigured, PanesWithdrawn } from '../../ledger/record.ts'
import { utc } from '../../verdict/figures.ts'
import { wordsOf } from '../alert.ts'
import { appendToLedger } from '../baseline/append-to-ledger.ts'
import type { Io } from '../main.ts'
import { configPathOf, readOptions } from '../options.ts'
import { readStanding } from './standing.ts'
import type { Standing } from './standing.ts'

/** What was announced does not happen, where it has not happened yet. */
export async function withdrawPanes(args: string[], io: Io): Promise<number> {
  const { config: path, by, reason } = readOptions(args, {
    config: { type: 'string', short: 'c' },
    by: { type: 'string' },
    reason: { type: 'string' },
  }) // prettier-ignore
  const said = { by: wordsOf('by', by), reason: wordsOf('reason', reason), atMs: Date.now() }
  const config = loadConfig(configPathOf(path, io.env), io.env, { needsLog: true })
  for (const body of withdrawalsOf(config, said, await readStanding(config, 'eras and progress'))) {
    await appendToLedger(config, body)
    io.stdout.write(`withdrawn: panes of ${body.stream} stay as they are; nothing changes at ${utc(body.fromMs)}\n`)
  }
  io.stdout.write(WHAT_NOW)
  return EXIT.ok
}

const WHAT_NOW = `What to do now: start every instance again that ends itself, with a file that has the panes of before. One with the other file
does not start any more, and says what differs.
`

/** One for each group of streams of which a change is announced. Throws EVENKEEL_USAGE where that cannot be, and then for all. */
export function withdrawalsOf(
  config: Config,
  said: { by: string; reason: string; atMs: number },
  { eras, progress }: Omit<Standing, 'panes'>,
): PanesWithdrawn[] {
  const announced = streamGroups(config).flatMap(({ name }) => eras.announced(name) ?? [])
  if (announced.length === 0)
    throw refused('no change is announced that has not happened: "evenkeel panes show" says what has')
  return announced.map((era) => {
    const problem = turnedAlready(era, progress)
    if (problem !== null) throw refused(`stream ${JSON.stringify(era.stream)}: ${problem}`)
    const { stream, fromMs, paneConfigDigest } = era
    return { type: 'panes-withdrawn', stream, fromMs, paneConfigDigest, ...said }
  })
}

/**
 * Who is through the old era waits for the others, and for nothing else: the change is as good as done. A partition that comes so far
 * after we have looked does no harm, as nobody gives away anything of the new era before its watch stands in the ledger.
 */
function turnedAlready(
  { paneConfig, fromMs }: PanesConfigured & { fromMs: number },
  progress: Standing['progress'],
): string | null {
  // prettier-ignore
  const names = new Set(paneConfig.streams.map(({ name }) => name))
  const told = progress.filter(({ stream }) => names.has(stream))
  const turned = told.filter(({ closedThroughMs }) => closedThroughMs !== null && closedThroughMs >= fromMs)
  if (turned.length === 0) return null
  const places = turned.map(({ stream, partition }) => `${stream}[${partition}]`).join(', ')
  return `too late: ${turned.length} of ${told.length} partitions are closed through ${utc(fromMs)} (${places}), and the change happens; when it has begun another can be announced` // prettier-ignore
}

function refused(message: string): MonitorError {
  return new MonitorError('EVENKEEL_USAGE', message)
}
