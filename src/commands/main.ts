import { EXIT, MonitorError } from '../errors.ts'
import { version } from '../version.ts'

/** What a command may touch besides its arguments. */
export interface Io {
  stdout: NodeJS.WritableStream & { isTTY?: boolean }
  stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number }
  env: NodeJS.ProcessEnv
}

type Command = (args: string[], io: Io) => Promise<number>

const COMMANDS: Record<string, { summary: string; load: () => Promise<Command> }> = {
  run: { summary: 'the always-on service', load: async () => (await import('./run.ts')).run },
  replay: {
    summary: 'the same pipes over files, with a report',
    load: async () => (await import('./replay.ts')).replay,
  },
  verify: {
    summary: 'everything on record made again from what it was made of, and compared',
    load: async () => (await import('./verify.ts')).verify,
  },
  baseline: {
    summary: 'what other days said, to compare with: create, verify, show',
    load: async () => (await import('./baseline.ts')).baseline,
  },
  alert: {
    summary: 'acknowledge an alert, mute a check for a time: a record of the ledger',
    load: async () => (await import('./alert.ts')).alert,
  },
  panes: {
    summary: 'the shape of panes as the ledger has it: change from a date on, show',
    load: async () => (await import('./panes.ts')).panes,
  },
  check: { summary: 'every mistake of a configuration at once', load: async () => (await import('./check.ts')).check },
  topics: { summary: 'print or create our own topics', load: async () => (await import('./topics.ts')).topics },
  demo: { summary: 'real events, one injected fault, the alert', load: async () => (await import('./demo.ts')).demo },
}

/** Runs one command. A typed error becomes one line and its exit code; anything else is a defect and shows its stack. */
export async function runCommand(argv: string[], io: Io): Promise<number> {
  const [name, ...args] = argv
  if (name === '--version' || name === '-v') return print(io, `${version}\n`)
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    return print(io, usage(), name === undefined ? EXIT.usage : EXIT.ok)
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    io.stderr.write(`evenkeel: there is no command "${name}"\n\n${usage()}`)
    return EXIT.usage
  }
  try {
    return await (
      await command.load()
    )(args, io)
  } catch (error) {
    if (error instanceof MonitorError) {
      io.stderr.write(`${error.message}\n`)
      return exitCodeOf(error)
    }
    if (isUsageError(error)) {
      io.stderr.write(`evenkeel ${name}: ${error.message}\n`)
      return EXIT.usage
    }
    // A defect of ours, told apart from every verdict: a pipeline must not take it for FAIL.
    io.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return EXIT.defect
  }
}

function print(io: Io, text: string, code: number = EXIT.ok): number {
  io.stdout.write(text)
  return code
}

function usage(): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  return `evenkeel ${version}: says whether a model release has bent the data or the way people behave\n\n${lines.join('\n')}\n\nevenkeel COMMAND --help says more\n`
}

function exitCodeOf(error: MonitorError): number {
  switch (error.code) {
    case 'EVENKEEL_CONFIG_INVALID':
      return EXIT.config
    case 'EVENKEEL_USAGE':
      return EXIT.usage
    case 'EVENKEEL_STATE_IO':
    case 'EVENKEEL_HTTP_LISTEN':
      return EXIT.state
    case 'EVENKEEL_PANE_CONFIG_CHANGED':
      return EXIT.config
    default:
      return EXIT.unreachable
  }
}

function isUsageError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}
