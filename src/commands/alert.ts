import { parseArgs } from 'node:util'
import { nearest } from '../config/nearest.ts'
import { EXIT, MonitorError } from '../errors.ts'
import type { Io } from './main.ts'

type Action = (args: string[], io: Io) => Promise<number>

const ACTIONS: Record<string, () => Promise<Action>> = {
  ack: async () => (await import('./alert/acknowledge.ts')).acknowledge,
  mute: async () => (await import('./alert/mute.ts')).mute,
  unmute: async () => (await import('./alert/mute.ts')).unmute,
}

/** `evenkeel alert`: what people say of alerts, as records of the ledger; the service itself takes no orders. */
export async function alert([name, ...args]: string[], io: Io): Promise<number> {
  if (name === '--help' || name === '-h' || args.includes('--help') || args.includes('-h')) {
    io.stdout.write(HELP)
    return EXIT.ok
  }
  const load = name !== undefined && Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (load === undefined) {
    const asked = name === undefined ? 'what to do is missing' : `there is no "alert ${name}"`
    throw new MonitorError('EVENKEEL_USAGE', `${asked}: ack, mute or unmute`)
  }
  return (await load())(args, io)
}

/** The one thing that a command is about, and its options. Throws EVENKEEL_USAGE. */
export function readSaid(args: readonly string[], noun: string): Said {
  let parsed
  try {
    parsed = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
  } catch (error) {
    throw new MonitorError('EVENKEEL_USAGE', (error as Error).message.split('\n')[0]!, { cause: error })
  }
  const { positionals, values } = parsed
  if (positionals.length !== 1) throw new MonitorError('EVENKEEL_USAGE', `name one ${noun}`)
  return { about: positionals[0]!, by: wordsOf('by', values.by), reason: wordsOf('reason', values.reason), values }
}

export interface Said {
  about: string
  by: string
  reason: string
  values: { config?: string; for?: string; until?: string }
}

/** With the nearest of what there is. */
export function unknown(what: string, name: string, known: readonly string[]): MonitorError {
  const like = nearest(name.slice(0, 200), known)
  const hint = like === undefined ? '' : `; ${like.isClose ? 'did you mean' : 'the nearest is'} ${like.word}?`
  return new MonitorError('EVENKEEL_USAGE', `there is no ${what} ${JSON.stringify(name.slice(0, 200))}${hint}`)
}

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  by: { type: 'string' },
  reason: { type: 'string' },
  for: { type: 'string' },
  until: { type: 'string' },
} as const

const WORDS_LENGTH_MAX = 500

/** Who, or why, as somebody said it. */
export function wordsOf(name: string, value: string | undefined): string {
  const words = value?.trim().toWellFormed() ?? ''
  if (words !== '' && words.length <= WORDS_LENGTH_MAX) return words
  const what = name === 'by' ? '--by NAME: who says so' : '--reason TEXT: why'
  throw new MonitorError('EVENKEEL_USAGE', `${what}, in at most ${WORDS_LENGTH_MAX} characters`)
}

const HELP = `evenkeel alert ack ALERT-ID --by NAME --reason TEXT [--config FILE]
evenkeel alert mute CHECK-ID --for DURATION|--until TIME --by NAME --reason TEXT [--config FILE]
evenkeel alert unmute CHECK-ID --by NAME --reason TEXT [--config FILE]

Says something of an alert or a check, for everyone to see: one record of the ledger, which nobody can edit unseen. It changes
no verdict. An alert that is acknowledged still fires; a check that is muted is still judged, its alerts still stand on the
alerts topic and in the API, and only notices (Alertmanager) are kept back until the time is over.

  ALERT-ID            \`id\` in /api/v1/alerts, or of the firing event on the alerts topic
  CHECK-ID            \`id\` in /api/v1/checks, like shop/missing/price
  --for DURATION      so long from now: 30m, 2h, 3d; at most 90d
  --until TIME        or until then: RFC 3339. Both are compared with the time of events
  --by NAME           who says so
  --reason TEXT       why
  --config FILE, -c   default: evenkeel.yaml

Exit code: 0 ok, 64 usage, 69 something outside is missing or unreadable, 78 configuration.
`
