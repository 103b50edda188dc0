import { EXIT, MonitorError } from '../errors.ts'
import type { Io } from './main.ts'

type Action = (args: string[], io: Io) => Promise<number>

const ACTIONS: Record<string, () => Promise<Action>> = {
  change: async () => (await import('./panes/change.ts')).changePanes,
  withdraw: async () => (await import('./panes/withdraw.ts')).withdrawPanes,
  show: async () => (await import('./panes/show.ts')).showPanes,
}

/** `evenkeel panes`: the shape of panes as the ledger has it, and its change from a date on. */
export async function panes([name, ...args]: string[], io: Io): Promise<number> {
  if (name === '--help' || name === '-h' || args.includes('--help') || args.includes('-h')) {
    io.stdout.write(HELP)
    return EXIT.ok
  }
  const load = name !== undefined && Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (load === undefined) {
    const asked = name === undefined ? 'what to do is missing' : `there is no "panes ${name}"`
    throw new MonitorError('EVENKEEL_USAGE', `${asked}: change, withdraw or show`)
  }
  return (await load())(args, io)
}

const HELP = `evenkeel panes change --config FILE --from TIME --by NAME --reason TEXT
evenkeel panes withdraw [--config FILE] --by NAME --reason TEXT
evenkeel panes show [--config FILE]

What shapes panes (fields, kinds, lengths, cohorts, …) stands in the ledger and cannot change under a running watch. From a date
on it can: there the era ends, and another begins with a watch of its own, from its first slice on.

change: announces, for every stream whose shape of panes is another in FILE than in the ledger, that it is so from a date on:
one record of the ledger for each group of streams. Topic, format, event time and which streams belong together cannot change.
  --config FILE, -c   the new file (default: $EVENKEEL_CONFIG, or else evenkeel.yaml)
  --from TIME         from when on, by the time of events (RFC 3339): where a pane begins, of both lengths, and so far ahead
                      that nobody can have closed it: two panes and the lateness after what is closed by now
  --by NAME           who says so
  --reason TEXT       why

withdraw: takes back what was announced and has not happened, for every stream that FILE names. It is refused once a partition has
come so far: then the change happens, and can only be changed again. Give the instances the old file first: one with the new file
does not start any more. Every instance ends itself once and is to be started again.

show: the eras of every stream that FILE names, what each changed, and which of them FILE has.

After the announcement instances may start with the old file or the new one, in any order; all do what the ledger says. When the
next era begins every instance ends itself once and is to be started again, as after any failure.

Exit code: 0 ok, 64 usage or a change that cannot be, 69 something outside is missing or unreadable, 78 configuration.
`
