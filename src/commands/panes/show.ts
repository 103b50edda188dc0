import { paneDifferences } from '../../config/era-config.ts'
import { loadConfig } from '../../config/load.ts'
import { paneConfigDigest, paneConfigOf } from '../../config/pane-config.ts'
import type { Config } from '../../config/shape.ts'
import { streamGroups } from '../../config/stream-groups.ts'
import type { StreamGroup } from '../../config/stream-groups.ts'
import { EXIT } from '../../errors.ts'
import type { Era } from '../../ledger/era-book.ts'
import { utc } from '../../verdict/figures.ts'
import type { Io } from '../main.ts'
import { configPathOf, readOptions } from '../options.ts'
import { readStanding } from './standing.ts'

/** The eras of every group of streams, and which of them this file has. */
export async function showPanes(args: string[], io: Io): Promise<number> {
  const { config: path } = readOptions(args, { config: { type: 'string', short: 'c' } })
  const config = loadConfig(configPathOf(path, io.env), io.env, { needsLog: true })
  const { eras } = await readStanding(config, 'eras')
  io.stdout.write(streamGroups(config).map((group) => groupText(group, config, eras.of(group.name))).join('\n')) // prettier-ignore
  return EXIT.ok
}

function groupText(group: StreamGroup, config: Config, eras: readonly Era[]): string {
  const name = group.streams.map((stream) => stream.name).join(', ')
  if (eras.length === 0) return `${name}: not watched yet\n`
  const lines = eras.flatMap(({ record: { fromMs, paneConfig, paneConfigDigest: digest, by, reason }, hasBegun }, at) => [
    `  ${beginOf(fromMs)}: ${hasBegun ? 'begun' : 'not begun yet'}; ${digest.slice(0, DIGEST_LENGTH)}; by ${by}: ${reason}`,
    ...(at === 0 ? [] : paneDifferences(eras[at - 1]!.record.paneConfig, paneConfig).map((each) => `    ${each}`)),
  ]) // prettier-ignore
  return `${name}\n${[...lines, ...fileLines(group, config, eras)].join('\n')}\n`
}

function fileLines(group: StreamGroup, config: Config, eras: readonly Era[]): string[] {
  const digest = paneConfigDigest(group, config)
  const own = eras.findLast(({ record }) => record.paneConfigDigest === digest)
  if (own !== undefined) return [`  this file: as ${beginOf(own.record.fromMs)}`]
  const newest = eras.at(-1)!.record.paneConfig
  return ['  this file: another shape', ...paneDifferences(newest, paneConfigOf(group, config)).map((each) => `    ${each}`)] // prettier-ignore
}

function beginOf(fromMs: number | null): string {
  return fromMs === null ? 'from the first pane on' : `from ${utc(fromMs)} on`
}

const DIGEST_LENGTH = 'sha256:'.length + 12
