import { baselineText } from '../../baseline/baseline.ts'
import { loadConfig } from '../../config/load.ts'
import { EXIT, MonitorError } from '../../errors.ts'
import { loadBaseline, openBaseline } from '../../service/baseline-file.ts'
import type { Io } from '../main.ts'
import { appendToLedger } from './append-to-ledger.ts'
import { write } from './create.ts'
import { describeBaseline } from './describe.ts'
import { readFileAndOptions } from './file-argument.ts'

const NAME_LENGTH_MAX = 200

/** Somebody looked at it and says so: in the file, and, where there is a log, in the ledger first. */
export async function verifyBaseline(args: string[], io: Io): Promise<number> {
  const { file, values } = readFileAndOptions(args, { by: { type: 'string' }, config: { type: 'string', short: 'c' } })
  const by = values.by?.trim().toWellFormed() ?? ''
  if (by === '' || by.length > NAME_LENGTH_MAX) {
    throw new MonitorError('EVENKEEL_USAGE', `--by NAME: who says so, in at most ${NAME_LENGTH_MAX} characters`)
  }
  const config = values.config === undefined ? null : loadConfig(values.config, io.env)
  const baseline = config === null ? openBaseline(file) : loadBaseline(file, config)
  const verified = { by, atMs: Date.now() }
  if (config !== null && (config.kafka !== null || config.log !== null)) {
    await appendToLedger(config, { type: 'baseline-verified', digest: baseline.digest, ...verified })
  }
  const stamped = { ...baseline, verified }
  await write(file, baselineText(stamped))
  io.stdout.write(describeBaseline(stamped))
  return EXIT.ok
}
