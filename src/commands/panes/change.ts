import { paneDifferences, rolesOf } from '../../config/era-config.ts'
import { parseInstant } from '../../config/instant.ts'
import { loadConfig } from '../../config/load.ts'
import { paneConfigDigest, paneConfigOf } from '../../config/pane-config.ts'
import type { Config } from '../../config/shape.ts'
import { streamGroups } from '../../config/stream-groups.ts'
import { EXIT, MonitorError } from '../../errors.ts'
import type { PanesConfigured } from '../../ledger/record.ts'
import { utc } from '../../verdict/figures.ts'
import { wordsOf } from '../alert.ts'
import { appendToLedger } from '../baseline/append-to-ledger.ts'
import type { Io } from '../main.ts'
import { configPathOf, readOptions } from '../options.ts'
import { readStanding } from './standing.ts'
import type { Standing, Told } from './standing.ts'

/** From a date on panes have the shape that this file gives them. */
export async function changePanes(args: string[], io: Io): Promise<number> {
  const { config: path, from, by, reason } = readOptions(args, {
    config: { type: 'string', short: 'c' },
    from: { type: 'string' },
    by: { type: 'string' },
    reason: { type: 'string' },
  }) // prettier-ignore
  const said = { fromMs: dateOf(from), by: wordsOf('by', by), reason: wordsOf('reason', reason), atMs: Date.now() }
  const config = loadConfig(configPathOf(path, io.env), io.env, { needsLog: true })
  const standing = await readStanding(config, 'eras and progress')
  const changes = changesOf(config, said, standing)
  for (const { body, differences } of changes) {
    await appendToLedger(config, body)
    io.stdout.write(`announced: from ${utc(said.fromMs)} on, panes of ${body.stream} have another shape\n${differences.map((each) => `  ${each}\n`).join('')}`) // prettier-ignore
  }
  io.stdout.write(WHAT_NOW)
  return EXIT.ok
}

const WHAT_NOW = `What to do now: give every instance this file, one after the other, before that time or after it; until the next change the old
file will do as well. When the new era begins each instance ends itself once, and has to be started again.
"evenkeel panes show" says what has begun.
`

export interface PaneChange {
  body: PanesConfigured & { fromMs: number }
  differences: readonly string[]
}

/** One for each group of streams that the file shapes otherwise than the ledger. Throws EVENKEEL_USAGE for what cannot be. */
export function changesOf(config: Config, said: Said, { eras, ...told }: Standing): PaneChange[] {
  const known = streamGroups(config).flatMap((group) => {
    const newest = eras.of(group.name).at(-1)?.record
    return newest === undefined ? [] : [{ group, newest }]
  })
  if (known.length === 0)
    throw refused('no stream of this file is watched yet: its first start says what its panes are')
  const changes = known.flatMap(({ group, newest }): PaneChange[] => {
    const paneConfig = paneConfigOf(group, config)
    const digest = paneConfigDigest(group, config)
    if (digest === newest.paneConfigDigest) return []
    const { fromMs, by, reason, atMs } = said
    const shape = { paneConfig, paneConfigDigest: digest, roles: rolesOf(group.streams) }
    const body = { type: 'panes-configured', stream: group.name, fromMs, ...shape, by, reason, atMs } as const
    const problem = eras.refusalOf(body) ?? tooNear(body, newest, told)
    if (problem !== null) throw refused(`stream ${JSON.stringify(group.name)}: ${problem}`)
    return [{ body, differences: paneDifferences(newest.paneConfig, paneConfig) }]
  })
  if (changes.length === 0) throw refused('nothing changes: the ledger has the very panes of this file')
  return changes
}

/** Whoever closes what begins there before it has read the announcement would have to begin anew, or has given it away already. */
function tooNear(body: PaneChange['body'], newest: PanesConfigured, { progress, panes }: Told): string | null {
  const streams = new Set(body.paneConfig.streams.map(({ name }) => name))
  const told = progress.filter(({ stream }) => streams.has(stream))
  if (told.length === 0) return 'no instance has said how far it is: start the service first'
  const shapes = [newest, body].map(({ paneConfig }) => paneConfig.panes)
  const lengthMs = Math.max(...shapes.map((each) => each.lengthMs))
  const latenessMs = Math.max(...shapes.map((each) => each.latenessMs))
  const published = panes.filter(({ stream }) => streams.has(stream))
  const closedMs = Math.max(
    ...told.map(({ closedThroughMs }) => closedThroughMs ?? -Infinity),
    ...published.map(({ startMs }) => startMs + newest.paneConfig.panes.lengthMs),
  )
  const firstMs = closedMs + latenessMs + AHEAD_PANES * lengthMs
  if (body.fromMs >= firstMs) return null
  const grid = shapes.reduce((step, each) => leastCommon(step, each.lengthMs), 1)
  return `${utc(body.fromMs)} is too near: panes are closed through ${utc(closedMs)}; the first that may be is ${utc(Math.ceil(firstMs / grid) * grid)}` // prettier-ignore
}

const AHEAD_PANES = 2

function leastCommon(one: number, other: number): number {
  let [a, b] = [one, other]
  while (b !== 0) [a, b] = [b, a % b]
  return (one / a) * other
}

function dateOf(text: string | undefined): number {
  const fromMs = text === undefined ? null : parseInstant(text)
  if (fromMs !== null) return fromMs
  throw refused(`--from TIME: from when on, like 2026-03-02T12:00:00Z${text === undefined ? '' : `, not ${JSON.stringify(text)}`}`) // prettier-ignore
}

function refused(message: string): MonitorError {
  return new MonitorError('EVENKEEL_USAGE', message)
}

export interface Said {
  fromMs: number
  by: string
  reason: string
  atMs: number
}
