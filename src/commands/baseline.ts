import { EXIT, MonitorError } from '../errors.ts'
import type { Io } from './main.ts'

type Action = (args: string[], io: Io) => Promise<number>

const ACTIONS: Record<string, () => Promise<Action>> = {
  create: async () => (await import('./baseline/create.ts')).createBaseline,
  verify: async () => (await import('./baseline/verify.ts')).verifyBaseline,
  show: async () => (await import('./baseline/show.ts')).showBaseline,
}

/** `evenkeel baseline`: what other days said, as a file; made, looked at, and verified by somebody. */
export async function baseline([name, ...args]: string[], io: Io): Promise<number> {
  if (name === '--help' || name === '-h') {
    io.stdout.write(HELP)
    return EXIT.ok
  }
  const load = name !== undefined && Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (load === undefined) {
    const asked = name === undefined ? 'what to do is missing' : `there is no "baseline ${name}"`
    throw new MonitorError('EVENKEEL_USAGE', `${asked}: create, verify or show`)
  }
  if (args.includes('--help') || args.includes('-h')) {
    io.stdout.write(HELP)
    return EXIT.ok
  }
  return (await load())(args, io)
}

const HELP = `evenkeel baseline create --config FILE --out FILE --input STREAM=FILE [...] [--partitions N] [--cohort WHOSE]
evenkeel baseline create --config FILE --out FILE --log [--from TIME] [--to TIME] [--cohort WHOSE]
evenkeel baseline create --config FILE --out FILE --topics [--from TIME] [--to TIME] [--cohort WHOSE]
evenkeel baseline create --config FILE --out FILE --offsets STREAM=PARTITION:FROM-TO[,...] [...] [--cohort WHOSE]
evenkeel baseline verify FILE --by NAME [--config FILE]
evenkeel baseline show FILE

What a stream said on other days, by hour, as one file: at least 7 days, better 14 and more, without a release in them.

create: from event files, from the slices that the running service has published, or from the event topics themselves
  --config FILE, -c      default: evenkeel.yaml
  --out FILE             where the baseline goes
  --input STREAM=FILE    one for every stream; the name may be left out where there is only one
  --partitions N         as in replay (default 1)
  --log                  from <prefix>.slices of the configuration's Kafka or log directory
  --topics               from all that stands on the event topics; no offset is committed in any group
  --from, --to TIME      [from, to), RFC 3339 (default: all there is); of slices by event time, of topics by the
                         timestamps that Kafka gave the records
  --offsets STREAM=PARTITION:FROM-TO[,PARTITION:FROM-TO ...]
                         from these offsets of the event topics, TO being the first that is not read; for every stream,
                         whose name may be left out where there is only one
  --cohort WHOSE         all (control and candidate together, the default), control, or candidate

verify: says that live data may be compared with it. Until then it is shown and never compared with.
  --by NAME              who says so
  --config FILE, -c      where it has a log: also writes the record baseline-verified into the ledger

Exit code: 0 ok, 64 usage, 69 something outside is missing or unreadable, 74 file, 78 configuration or no valid baseline.
`
