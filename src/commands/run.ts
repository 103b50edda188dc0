import { once } from 'node:events'
import process from 'node:process'
import { loadConfig } from '../config/load.ts'
import type { Config, StreamConfig } from '../config/shape.ts'
import { EXIT, MonitorError } from '../errors.ts'
import type { Log } from '../log/log.ts'
import { feedFile } from '../service/feed.ts'
import { startService } from '../service.ts'
import type { Io } from './main.ts'
import { configPathOf, readOptions } from './options.ts'

/** `evenkeel run`: until a signal, or until it cannot go on. */
export async function run(args: string[], io: Io): Promise<number> {
  const values = readOptions(args, {
    config: { type: 'string', short: 'c' },
    'exit-on-unreachable': { type: 'boolean', default: false },
    'insecure-no-auth': { type: 'boolean', default: false },
    feed: { type: 'string', multiple: true, default: [] },
    'no-create-topics': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (values.help) {
    io.stdout.write(HELP)
    return EXIT.ok
  }
  const config = loadConfig(configPathOf(values.config, io.env), io.env, { needsLog: true })
  const feeds = values.feed.map((feed) => feedOf(config, feed))
  const asked = new AbortController()
  const onSignal = (): void => asked.abort()
  for (const signal of SIGNALS) process.on(signal, onSignal)
  try {
    const service = await startService(config, {
      exitOnUnreachable: values['exit-on-unreachable'],
      allowInsecure: values['insecure-no-auth'],
      createTopics: !values['no-create-topics'],
      signal: asked.signal,
      logLevel: io.env.EVENKEEL_LOG_LEVEL,
      onListening: (url) => io.stderr.write(`evenkeel: listening on ${url}\n`),
    })
    try {
      const feeding = feedAll(service.log, config, feeds, io)
      const fed = feeding.then(() => untilAborted(asked.signal)) // a file that cannot be fed ends it, the end of one does not
      await Promise.race([fed, untilAborted(asked.signal), service.failed])
    } finally {
      await service.stop()
    }
  } catch (error) {
    // Asked to stop while it was still waiting for a broker: that is no failure.
    if (!asked.signal.aborted) throw error
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
  return EXIT.ok
}

async function feedAll(log: Log, config: Config, feeds: readonly Feed[], io: Io): Promise<void> {
  for (const { stream, path } of feeds) {
    const count = await feedFile(log, config, stream, path)
    io.stderr.write(`evenkeel: ${count} lines of ${path} fed to ${stream.topic}\n`)
  }
}

interface Feed {
  stream: StreamConfig
  path: string
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

/** Feeding is for trying things out: a topic in Kafka has its own producers. */
function feedOf(config: Config, feed: string): Feed {
  if (config.log === null) throw new MonitorError('EVENKEEL_USAGE', '--feed is for file logs (log: {directory})')
  const stream = config.streams.find(({ name }) => feed.startsWith(`${name}=`))
  if (stream === undefined) throw new MonitorError('EVENKEEL_USAGE', `--feed ${feed}: write STREAM=FILE`)
  return { stream, path: feed.slice(stream.name.length + 1) }
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

const HELP = `evenkeel run [--config evenkeel.yaml]

The always-on service. Reads the topics that the configuration names, answers on http.listen, publishes alerts.

  --config FILE, -c        default: evenkeel.yaml
  --exit-on-unreachable    exit 69 when the broker does not answer at the start (default: wait for it)
  --feed STREAM=FILE       with file logs: append the lines of a file to the stream's topic
  --no-create-topics       do not create our own topics where they are missing
  --insecure-no-auth       listen beyond this machine although there is no authentication

SIGTERM and SIGINT stop it in named steps within five seconds: exit 0.
`
