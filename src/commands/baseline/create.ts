import { baselineText, BASELINE_COHORTS, sealBaseline } from '../../baseline/baseline.ts'
import type { BaselineCohort, BaselineGroup, BaselineOffsets } from '../../baseline/baseline.ts'
import { BaselineBuilder } from '../../baseline/builder.ts'
import { parseInstant } from '../../config/instant.ts'
import { loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/shape.ts'
import { streamGroups } from '../../config/stream-groups.ts'
import type { StreamGroup } from '../../config/stream-groups.ts'
import { EXIT, MonitorError } from '../../errors.ts'
import { writeAtomically } from '../../log/atomic-file.ts'
import { planStream } from '../../pane/plan.ts'
import { version } from '../../version.ts'
import { inputPaths, partitionsOf } from '../input-paths.ts'
import type { Io } from '../main.ts'
import { configPathOf, readOptions } from '../options.ts'
import { describeBaseline } from './describe.ts'
import { foldFiles } from './from-files.ts'
import { foldSlices } from './from-slices.ts'
import { foldTopics } from './from-topics.ts'
import { readOffsets } from './offset-ranges.ts'
import { ReadCounts } from './read-counts.ts'

/** Slices in, a baseline out: not verified yet. */
export async function createBaseline(args: string[], io: Io): Promise<number> {
  const values = readOptions(args, {
    config: { type: 'string', short: 'c' },
    out: { type: 'string' },
    input: { type: 'string', multiple: true, default: [] },
    partitions: { type: 'string', default: '1' },
    log: { type: 'boolean', default: false },
    topics: { type: 'boolean', default: false },
    offsets: { type: 'string', multiple: true, default: [] },
    from: { type: 'string' },
    to: { type: 'string' },
    cohort: { type: 'string', default: 'all' },
  })
  if (values.out === undefined) throw usage('--out FILE: where the baseline goes')
  const cohort = BASELINE_COHORTS.find((each) => each === values.cohort)
  if (cohort === undefined) throw usage(`--cohort is one of ${BASELINE_COHORTS.join(', ')}`)
  const range = { fromMs: instant('--from', values.from, -Infinity), toMs: instant('--to', values.to, Infinity) }
  const source = sourceOf(values)
  if (source !== '--log' && source !== '--topics' && (values.from ?? values.to) !== undefined)
    throw usage('--from and --to go with --log or --topics')

  const config = withoutSegments(loadConfig(configPathOf(values.config, io.env), io.env, { needsLog: source !== '--input' })) // prettier-ignore
  const builders = new Map(streamGroups(config).map((group) => [group.name, builderOf(group, config, cohort)]))
  const counts = new ReadCounts(config)
  const add: Parameters<typeof foldSlices>[2] = (sealed) => {
    counts.add(sealed.slice)
    builders.get(sealed.slice.stream)!.add(sealed)
  }
  let offsets: ReadonlyMap<string, BaselineOffsets[]> = new Map()
  if (source === '--log') await foldSlices(config, range, add)
  else if (source === '--topics') offsets = await foldTopics(config, range, add)
  else if (source === '--offsets')
    offsets = await foldTopics(config, { offsets: readOffsets(config, values.offsets) }, add) // prettier-ignore
  else await foldFiles(config, inputPaths(config, values.input), partitionsOf(values.partitions), add, io)

  const parts = [...builders.values()].map((builder) => builder.finish())
  const streams = parts.flatMap((part) => part.streams)
  if (streams.every(({ events }) => events === 0)) throw nothing(cohort)
  const { lengthMs } = config.panes
  const baseline = sealBaseline({ codeVersion: version, cohort, lengthMs, groups: parts.map(({ group }) => withOffsets(group, offsets)), streams }) // prettier-ignore
  await write(values.out, baselineText(baseline))
  io.stdout.write(`${values.out}\n${counts}${describeBaseline(baseline)}`)
  return EXIT.ok
}

type Source = '--input' | '--log' | '--topics' | '--offsets'

function sourceOf(values: { input: string[]; log: boolean; topics: boolean; offsets: string[] }): Source {
  const asked: Source[] = []
  if (values.input.length > 0) asked.push('--input')
  if (values.log) asked.push('--log')
  if (values.topics) asked.push('--topics')
  if (values.offsets.length > 0) asked.push('--offsets')
  if (asked.length > 1) throw usage(`one source, not ${asked.join(' and ')}`)
  return asked[0] ?? '--input'
}

/** What is counted inside segments is no part of a baseline: it would only be counted in vain, and be part of the slices' digests. */
function withoutSegments(config: Config): Config {
  return { ...config, policy: { ...config.policy, segments: 'off' } }
}

function withOffsets(group: BaselineGroup, offsets: ReadonlyMap<string, BaselineOffsets[]>): BaselineGroup {
  const read = offsets.get(group.name)
  return read === undefined ? group : { ...group, offsets: read }
}

function builderOf(group: StreamGroup, config: Config, cohort: BaselineCohort): BaselineBuilder {
  return new BaselineBuilder(
    group.streams.map((stream) => ({ config: stream, plan: planStream(stream, config) })),
    cohort,
  )
}

export async function write(path: string, text: string): Promise<void> {
  try {
    await writeAtomically(path, text)
  } catch (error) {
    throw new MonitorError('EVENKEEL_STATE_IO', `${path} cannot be written: ${(error as Error).message}`, { cause: error }) // prettier-ignore
  }
}

function instant(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const timeMs = parseInstant(text)
  if (timeMs === null) throw usage(`${option} ${text}: write a time like 2026-03-02T00:00:00Z`)
  return timeMs
}

function nothing(cohort: BaselineCohort): MonitorError {
  const whose = cohort === 'all' ? 'control or candidate' : `the ${cohort}`
  return new MonitorError('EVENKEEL_INPUT_UNREADABLE', `no accepted event of ${whose} in the input: nothing to make a baseline of`) // prettier-ignore
}

function usage(message: string): MonitorError {
  return new MonitorError('EVENKEEL_USAGE', message)
}
