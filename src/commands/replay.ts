import { closeSync, openSync, writeFileSync } from 'node:fs'
import type { Baseline } from '../baseline/baseline.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/shape.ts'
import { streamGroups } from '../config/stream-groups.ts'
import { EXIT, MonitorError } from '../errors.ts'
import { openInput } from '../log/input/open-input.ts'
import type { InputFile } from '../log/input/open-input.ts'
import { ProgressBar } from '../replay/progress-bar.ts'
import { ReplayGroup } from '../replay/replay-group.ts'
import { loadBaseline } from '../service/baseline-file.ts'
import { summaryText } from '../replay/summary.ts'
import { buildReport } from '../verdict/report.ts'
import type { Report } from '../verdict/report.ts'
import { version } from '../version.ts'
import { inputPaths, partitionsOf } from './input-paths.ts'
import type { Io } from './main.ts'
import { configPathOf, readOptions } from './options.ts'

/** `evenkeel replay`: files in, a report out; the exit code is the verdict. */
export async function replay(args: string[], io: Io): Promise<number> {
  const values = readOptions(args, {
    config: { type: 'string', short: 'c' },
    input: { type: 'string', multiple: true, default: [] },
    partitions: { type: 'string', default: '1' },
    baseline: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (values.help) {
    io.stdout.write(HELP)
    return EXIT.ok
  }
  const config = loadConfig(configPathOf(values.config, io.env), io.env)
  const baselinePath = values.baseline ?? config.baseline
  const baseline = baselinePath === null ? null : loadBaseline(baselinePath, config)
  const partitions = partitionsOf(values.partitions)
  const paths = inputPaths(config, values.input)
  // Opened first: nobody should wait an hour to hear that the report has no place to go.
  const json = values.json === undefined || values.json === '-' ? null : openReport(values.json)
  const report = await replayFiles(config, paths, { partitions, baseline }, io)
  const text = `${JSON.stringify(report, null, 2)}\n`
  if (json !== null) json.write(text)
  io.stdout.write(values.json === '-' ? text : summaryText(report))
  return EXIT_OF_VERDICT[report.verdict]
}

function openReport(path: string): { write(text: string): void } {
  const orFail = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw new MonitorError('EVENKEEL_STATE_IO', `${path} cannot be written: ${(error as Error).message}`, { cause: error }) // prettier-ignore
    }
  }
  const file = orFail(() => openSync(path, 'w'))
  return {
    write: (text) =>
      orFail(() => {
        writeFileSync(file, text)
        closeSync(file)
      }),
  }
}

const EXIT_OF_VERDICT = { PASS: 0, FAIL: 1, INSUFFICIENT: 2, ERROR: 3 } as const

async function replayFiles(
  config: Config,
  paths: ReadonlyMap<string, string>,
  { partitions, baseline }: { partitions: number; baseline: Baseline | null },
  io: Io,
): Promise<Report> {
  const failures: string[] = []
  const groups: ReplayGroup[] = []
  const bar = new ProgressBar(io.stderr)
  for (const group of streamGroups(config)) {
    const inputs = new Map<string, InputFile | MonitorError>()
    for (const { name } of group.streams) inputs.set(name, await openOrFailure(paths.get(name)!, config))
    const opened = [...inputs.values()].filter((input) => !(input instanceof MonitorError)) as InputFile[]
    const replayed = new ReplayGroup(config, group, inputs, partitions, { baseline })
    await replayed.run(() => bar.show(opened))
    if (replayed.inputFailure !== null) failures.push(replayed.inputFailure)
    groups.push(replayed)
  }
  bar.clear()
  const totals = new Map(groups.flatMap((group) => [...group.totals]))
  return buildReport({
    config,
    codeVersion: version,
    streams: config.streams.map(({ name }) => totals.get(name)!.facts()),
    judges: groups.map(({ judge }) => judge),
    inputFailure: failures[0] ?? null,
    baseline,
  })
}

/** A file that cannot be opened gives a report too: no record, and ERROR with the reason. */
async function openOrFailure(path: string, { limits }: Config): Promise<InputFile | MonitorError> {
  try {
    return await openInput(path, { recordBytesMax: limits.recordBytes })
  } catch (error) {
    if (error instanceof MonitorError && error.code === 'EVENKEEL_INPUT_UNREADABLE') return error
    throw error
  }
}

const HELP = `evenkeel replay --config FILE --input STREAM=FILE [...] [--partitions N] [--baseline FILE] [--json FILE|-]

The pipes of the service over files: NDJSON or Avro object containers, gzipped or not, in order of arrival.
No Kafka, no network, no clock: the same input and configuration give the same bytes.

  --config FILE, -c      default: evenkeel.yaml
  --input STREAM=FILE    one for every stream; the name may be left out where there is only one
  --partitions N         deal records to N partitions by murmur2 of the unit, as Kafka does (default 1)
  --baseline FILE        also compare with this verified baseline (default: the configuration's)
  --json FILE|-          the report as JSON; - is standard output

Exit code: 0 PASS, 1 FAIL, 2 INSUFFICIENT, 3 ERROR (input not readable to its end), 64 usage, 74 the report cannot be
written, 78 configuration.
`
