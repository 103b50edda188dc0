import { formatDuration } from '../config/duration.ts'
import { loadConfig } from '../config/load.ts'
import { redactUrl } from '../config/redact.ts'
import type { Config, StreamConfig } from '../config/shape.ts'
import { streamGroups } from '../config/stream-groups.ts'
import { loadBaseline } from '../service/baseline-file.ts'
import { EXIT } from '../errors.ts'
import type { Io } from './main.ts'
import { configPathOf, readOptions } from './options.ts'

const HELP = `evenkeel check [--config FILE] [--online]

Reads a configuration as every other command does and prints one line for each thing that is right.
Whatever is wrong is printed at once, with file, line and column, and the exit code is 78.

  --config FILE, -c   default: $EVENKEEL_CONFIG, or else evenkeel.yaml
  --online            also asks the brokers, the topics and the registry: do they answer, are the topics there, may we
                      read, write and commit, do the latest schemas have the configured fields? Writes no record; groups
                      <prefix>.check.* keep its commits. Lines begin with ok, no (with what to do) or -- (cannot tell).

Exit code: 0 all right, 64 usage, 69 something outside is missing or refused, 78 the configuration is wrong or does not
fit the schemas.
`

/** `evenkeel check`: every mistake of a configuration at once. Throws ConfigError (exit 78). */
export async function check(args: string[], io: Io): Promise<number> {
  const options = readOptions(args, {
    config: { type: 'string', short: 'c' },
    online: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help) {
    io.stdout.write(HELP)
    return EXIT.ok
  }
  const path = configPathOf(options.config, io.env)
  const config = loadConfig(path, io.env, { needsLog: options.online === true })
  const facts = [...describe(config, path), ...baselineFacts(config)]
  const width = Math.max(...facts.map(([thing]) => thing.length))
  for (const [thing, fact] of facts) io.stdout.write(`ok  ${thing.padEnd(width)}  ${fact}\n`)
  return options.online ? printOnline(config, io) : EXIT.ok
}

/** Throws EVENKEEL_CONFIG_INVALID where it is none, or does not fit. */
function baselineFacts(config: Config): [thing: string, fact: string][] {
  if (config.baseline === null) return []
  const { verified, digest } = loadBaseline(config.baseline, config)
  return [[`baseline ${config.baseline}`, `${digest}, ${verified === null ? 'NOT verified: nothing is compared with it' : `verified by ${verified.by}`}`]] // prettier-ignore
}

async function printOnline(config: Config, io: Io): Promise<number> {
  // Talking to brokers is loaded only when it is asked for.
  const { checkOnline } = await import('./online/check-online.ts')
  let exitCode: number = EXIT.ok
  for await (const { state, thing, fact, exitCode: code = EXIT.ok } of checkOnline(config)) {
    io.stdout.write(`${state.padEnd(2)}  ${thing}: ${fact}\n`)
    exitCode = Math.max(exitCode, code)
  }
  return exitCode
}

function describe(config: Config, path: string): [thing: string, fact: string][] {
  const { panes, policy } = config
  return [
    [path, 'every key is known, every value fits'],
    ['log', describeLog(config)],
    ['registry', describeRegistry(config)],
    ...config.streams.map((stream): [string, string] => [`stream ${stream.name}`, describeStream(stream)]),
    ...streamGroups(config).flatMap(({ streams }): [string, string][] =>
      streams.length === 1 ? [] : [['joined by ratios', streams.map(({ name }) => name).join(', ')]],
    ),
    [
      'panes',
      `${formatDuration(panes.lengthMs)}, watermark ${formatDuration(panes.latenessMs)} behind the median event`,
    ],
    [
      'policy',
      `${policy.falseAlarmBudget} false alarms per ${formatDuration(policy.horizonMs)}, ` +
        (policy.require === 'all' ? 'every check required' : `${policy.require.length} checks required`),
    ],
  ]
}

function describeLog({ kafka, log }: Config): string {
  if (kafka !== null) return `Kafka at ${kafka.brokers.join(', ')}`
  return log === null ? 'none: enough for replay, not for run' : `files in ${log.directory}`
}

function describeRegistry({ registry }: Config): string {
  if (registry === null) return 'none'
  return 'url' in registry ? redactUrl(registry.url) : `files in ${registry.directory}`
}

function describeStream({ topic, format, fields, engagement, unit }: StreamConfig): string {
  const parts = [topic, format, count(fields.length, 'field'), count(engagement.length, 'engagement metric')]
  return `${parts.join(', ')}${unit === null ? '; no unit: every event counts as its own' : ''}`
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
