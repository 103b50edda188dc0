import { parseDuration } from '../../config/duration.ts'
import { parseInstant } from '../../config/instant.ts'
import { loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/shape.ts'
import { streamGroups } from '../../config/stream-groups.ts'
import { EXIT, MonitorError } from '../../errors.ts'
import { createJudge } from '../../judge.ts'
import { readSaid, unknown } from '../alert.ts'
import type { Said } from '../alert.ts'
import { appendToLedger } from '../baseline/append-to-ledger.ts'
import type { Io } from '../main.ts'
import { configPathOf } from '../options.ts'

/** A check tells nobody for a stated time. */
export async function mute(args: string[], io: Io): Promise<number> {
  const said = readSaid(args, 'check by its id')
  const atMs = Date.now()
  const untilMs = endOf(said, atMs)
  await say(said, io, atMs, untilMs)
  io.stdout.write(`muted ${said.about} until ${new Date(untilMs).toISOString()}\n`)
  return EXIT.ok
}

/** Ends a mute before its time: the last record of a check counts, and this one ends where it begins. */
export async function unmute(args: string[], io: Io): Promise<number> {
  const said = readSaid(args, 'check by its id')
  if (said.values.for !== undefined || said.values.until !== undefined)
    throw new MonitorError('EVENKEEL_USAGE', 'unmute holds from now on: --for and --until go with mute')
  // Not the clock's now: events lie behind it, and the mute would hold until they have caught up.
  await say(said, io, Date.now(), 0)
  io.stdout.write(`no longer muted: ${said.about}\n`)
  return EXIT.ok
}

const MUTE_MS_MAX = 90 * 24 * 3_600_000

async function say({ about, by, reason, values }: Said, io: Io, atMs: number, untilMs: number): Promise<void> {
  const config = loadConfig(configPathOf(values.config, io.env), io.env)
  const stream = streamOf(config, about)
  await appendToLedger(config, { type: 'check-muted', stream, check: about, by, reason, atMs, untilMs })
}

function endOf({ values }: Said, atMs: number): number {
  if ((values.for === undefined) === (values.until === undefined))
    throw new MonitorError('EVENKEEL_USAGE', 'one of --for DURATION and --until TIME says how long')
  const forMs = values.for === undefined ? null : parseDuration(values.for)
  const untilMs = values.until === undefined ? atMs + (forMs ?? NaN) : (parseInstant(values.until) ?? NaN)
  if (Number.isNaN(untilMs)) throw new MonitorError('EVENKEEL_USAGE', `${JSON.stringify(values.for ?? values.until)} is not like 2h or 2026-03-04T22:00:00Z`) // prettier-ignore
  if (untilMs <= atMs || untilMs > atMs + MUTE_MS_MAX)
    throw new MonitorError(
      'EVENKEEL_USAGE',
      'a mute ends after now, and within 90 days: one that never ends is a check less',
    )
  return untilMs
}

/** Throws for a check that this configuration does not have. */
function streamOf(config: Config, id: string): string {
  const checks = streamGroups(config).flatMap(({ streams }) => createJudge(config, streams).checks())
  const known = new Map(checks.map((check) => [check.id, check.stream]))
  // Segments are named by the data, and a baseline's checks by a file: they are of a check that is known without them.
  const plain = id.replace(/\[[^\]]*\]$/, '')
  const stream = known.get(id) ?? known.get(plain) ?? known.get(plain.replace(/@baseline$/, ''))
  if (stream === undefined) throw unknown('check', id, [...known.keys()])
  return stream
}
