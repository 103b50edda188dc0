import { parseInstant } from '../config/instant.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/shape.ts'
import { streamGroups } from '../config/stream-groups.ts'
import { EXIT, MonitorError } from '../errors.ts'
import { writeAtomically } from '../log/atomic-file.ts'
import type { Log } from '../log/log.ts'
import { openLog } from '../log/open.ts'
import { openRegistry } from '../registry/registry.ts'
import { loadBaseline } from '../service/baseline-file.ts'
import { VERIFY_EXIT } from '../verify/report.ts'
import { verifyText } from '../verify/report-text.ts'
import { verifyLogs } from '../verify/verify.ts'
import type { Io } from './main.ts'
import { configPathOf, readOptions } from './options.ts'

const HELP = `evenkeel verify [--config FILE] [--stream NAME] [--from T] [--to T] [--json FILE|-]

Makes alerts again from slices, slices from panes and panes from events, as far back as each log reaches, and compares them
with what stands on the topics, byte for byte. Writes to no topic, commits nothing, and may run on any machine beside the service.

  --config FILE, -c   default: $EVENKEEL_CONFIG, or else evenkeel.yaml
  --stream NAME       only this stream, and those that a ratio metric joins with it
  --from T, --to T    only what starts in this range of event time (RFC 3339)
  --json FILE|-       the whole report, with every digest recomputed and on record; - is stdout, in place of the table

Exit code: 0 all that could be recomputed is equal, 1 something differs (the first is named), 2 nothing could be recomputed,
3 something needed could not be read; 64 usage, 78 configuration.
`

/** `evenkeel verify`: the record against what it was made of. */
export async function verify(args: string[], io: Io): Promise<number> {
  const values = readOptions(args, {
    config: { type: 'string', short: 'c' },
    stream: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (values.help) {
    io.stdout.write(HELP)
    return EXIT.ok
  }
  const config = loadConfig(configPathOf(values.config, io.env), io.env, { needsLog: true })
  const baseline = config.baseline === null ? null : loadBaseline(config.baseline, config)
  const only = values.stream === undefined ? null : groupOf(config, values.stream)
  const range = { fromMs: instant('--from', values.from, -Infinity), toMs: instant('--to', values.to, Infinity) }
  const problems: string[] = []
  try {
    const report = await withLog(config, (message) => problems.push(message), async (log) => {
      const schemas = openRegistry(config.streams.some(({ format }) => format === 'avro') ? config.registry : null)
      try {
        return await verifyLogs(log, config, {
          ...{ schemas, baseline, range, only, problems, keepsAll: values.json !== undefined },
          // Nobody else writes to a directory that we hold.
          alertsWithinMs: config.kafka === null ? 0 : ALERTS_WITHIN_MS,
          progress: (what) => void (io.stderr.isTTY === true && io.stderr.write(`evenkeel: ${what}\n`)),
        })
      } finally {
        await schemas.close()
      }
    }) // prettier-ignore
    const json = `${JSON.stringify(report, null, 2)}\n`
    if (values.json === '-') io.stdout.write(json)
    else io.stdout.write(verifyText(report))
    if (values.json !== undefined && values.json !== '-') await write(values.json, json)
    return VERIFY_EXIT[report.verdict]
  } catch (error) {
    if (!(error instanceof MonitorError) || !UNREAD.has(error.code)) throw error
    io.stderr.write(`${error.message}\n`)
    return VERIFY_EXIT.ERROR
  }
}

/** What a running service has sent is there within moments. */
const ALERTS_WITHIN_MS = 10_000

const UNREAD = new Set(['EVENKEEL_LOG_UNREACHABLE', 'EVENKEEL_LOG_FAILED', 'EVENKEEL_TOPIC_MISSING', 'EVENKEEL_REGISTRY_UNREACHABLE', 'EVENKEEL_STATE_IO', 'EVENKEEL_RECORD_CORRUPT']) // prettier-ignore

async function withLog<T>(
  config: Config,
  onProblem: (message: string) => void,
  use: (log: Log) => Promise<T>,
): Promise<T> {
  // prettier-ignore
  const log = await openLog(config, { retries: 0, onProblem: ({ kind, message }) => {
    if (kind === 'unreadable') onProblem(message)
  } }) // prettier-ignore
  try {
    return await use(log)
  } finally {
    await log.close()
  }
}

/** What a ratio metric joins is judged together. */
function groupOf(config: Config, name: string): string {
  const group = streamGroups(config).find(({ streams }) => streams.some((stream) => stream.name === name))
  if (group !== undefined) return group.name
  const known = config.streams.map((stream) => stream.name).join(', ')
  throw new MonitorError('EVENKEEL_USAGE', `--stream ${name}: the streams are ${known}`)
}

function instant(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const timeMs = parseInstant(text)
  if (timeMs === null) throw new MonitorError('EVENKEEL_USAGE', `${option} ${text}: write a time like 2026-03-02T00:00:00Z`) // prettier-ignore
  return timeMs
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeAtomically(path, text)
  } catch (error) {
    throw new MonitorError('EVENKEEL_STATE_IO', `${path} cannot be written: ${(error as Error).message}`, { cause: error }) // prettier-ignore
  }
}
