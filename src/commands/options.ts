import { parseArgs } from 'node:util'
import type { ParseArgsConfig } from 'node:util'
import { nearest } from '../config/nearest.ts'
import { MonitorError } from '../errors.ts'

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ options: T; args: string[]; allowPositionals: false }>
>['values']

/** The options of a command. Throws EVENKEEL_USAGE (exit 64) for anything unknown, with what was probably meant. */
export function readOptions<T extends Options>(args: readonly string[], options: T): Parsed<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    throw new MonitorError('EVENKEEL_USAGE', explain(error as NodeJS.ErrnoException, args, options), { cause: error })
  }
}

function explain(error: NodeJS.ErrnoException, args: readonly string[], options: Options): string {
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const unknown = /'(-[^']*)'/.exec(error.message)?.[1] ?? args.find((arg) => arg.startsWith('-')) ?? ''
    const near = nearest(unknown.replace(/^-+/, ''), Object.keys(options))
    const advice = near === undefined ? '' : `; ${near.isClose ? 'did you mean' : 'the nearest is'} --${near.word}?`
    return `there is no option ${unknown}${advice}`
  }
  if (error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') {
    return `${/'([^']*)'/.exec(error.message)?.[1] ?? 'an argument'} was not expected; options begin with --`
  }
  return error.message.split('\n')[0] ?? error.message
}

/** Which configuration a command is about: --config, or EVENKEEL_CONFIG, or the usual name in this directory. */
export function configPathOf(option: string | undefined, env: NodeJS.ProcessEnv): string {
  return option ?? (env.EVENKEEL_CONFIG || 'evenkeel.yaml')
}
