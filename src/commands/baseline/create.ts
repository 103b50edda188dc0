import { baselineText, BASELINE_COHORTS, sealBaseline } from '../../baseline/baseline.ts'
import type { BaselineCohort } from '../../baseline/baseline.ts'
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

/** Slices in, a baseline out: not verified yet. */
export async function createBaseline(args: string[], io: Io): Promise<number> {
  const values = readOptions(args, {
    config: { type: 'string', short: 'c' },
    out: { type: 'string' },
    input: { type: 'string', multiple: true, default: [] },
    partitions: { type: 'string', default: '1' },
    log: { type: 'boolean', default: false },
    from: { type: 'string' },
    to: { type: 'string' },
    cohort: { type: 'string', default: 'all' },
  })
  if (values.out === undefined) throw usage('--out FILE: where the baseline goes')
  const cohort = BASELINE_COHORTS.find((each) => each === values.cohort)
  if (cohort === undefined) throw usage(`--cohort is one of ${BASELINE_COHORTS.join(', ')}`)
  if (values.log && values.input.length > 0) throw usage('either --input or --log')
  const range = { fromMs: instant('--from', values.from, -Infinity), toMs: instant('--to', values.to, Infinity) }
  if (!values.log && (values.from ?? values.to) !== undefined) throw usage('--from and --to go with --log')

  const config = loadConfig(configPathOf(values.config, io.env), io.env, { needsLog: values.log })
  const builders = new Map(streamGroups(config).map((group) => [group.name, builderOf(group, config, cohort)]))
  const add: Parameters<typeof foldSlices>[2] = (sealed) => builders.get(sealed.slice.stream)!.add(sealed)
  if (values.log) await foldSlices(config, range, add)
  else await foldFiles(config, inputPaths(config, values.input), partitionsOf(values.partitions), add, io)

  const parts = [...builders.values()].map((builder) => builder.finish())
  const streams = parts.flatMap((part) => part.streams)
  if (streams.every(({ events }) => events === 0)) throw nothing(cohort)
  const { lengthMs } = config.panes
  const baseline = sealBaseline({ codeVersion: version, cohort, lengthMs, groups: parts.map(({ group }) => group), streams }) // prettier-ignore
  await write(values.out, baselineText(baseline))
  io.stdout.write(`${values.out}\n${describeBaseline(baseline)}`)
  return EXIT.ok
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
