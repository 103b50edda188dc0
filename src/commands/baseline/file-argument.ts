import type { ParseArgsConfig } from 'node:util'
import { MonitorError } from '../../errors.ts'
import { readOptions } from '../options.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** The one argument that is no option, wherever it stands, and the options. Every option takes a value. */
export function readFileAndOptions<T extends Options>(args: readonly string[], options: T) {
  const files: string[] = []
  const rest: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!
    if (!arg.startsWith('-')) files.push(arg)
    else {
      rest.push(arg)
      if (!arg.includes('=') && at + 1 < args.length) rest.push(args[++at]!)
    }
  }
  const values = readOptions(rest, options)
  const [file, another] = files
  if (file === undefined) throw new MonitorError('EVENKEEL_USAGE', 'which file? The baseline is missing')
  if (another !== undefined) throw new MonitorError('EVENKEEL_USAGE', `one file, not ${file} and ${another}`)
  return { file, values }
}
