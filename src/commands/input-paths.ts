import { existsSync } from 'node:fs'
import type { Config } from '../config/shape.ts'
import { MonitorError } from '../errors.ts'

const PARTITIONS_MAX = 1_000

/** STREAM=FILE for every stream; the stream's name may be left out where there is only one. */
export function inputPaths(config: Pick<Config, 'streams'>, inputs: readonly string[]): Map<string, string> {
  const names = config.streams.map(({ name }) => name)
  const paths = new Map<string, string>()
  for (const input of inputs) {
    const name = names.find((each) => input.startsWith(`${each}=`))
    if (name === undefined && (names.length > 1 || namesNoFile(input)))
      throw usage(`--input ${input}: write STREAM=FILE, with one of ${names.join(', ')}`)
    const stream = name ?? names[0]!
    if (paths.has(stream)) throw usage(`stream ${stream} has two inputs`)
    paths.set(stream, name === undefined ? input : input.slice(name.length + 1))
  }
  const missing = names.filter((name) => !paths.has(name))
  if (missing.length > 0) throw usage(`no input for ${missing.join(', ')}: --input ${missing[0]}=FILE`)
  return paths
}

/** `clicks=FILE` where the only stream has another name: not a file whose name happens to have a `=` in it. */
function namesNoFile(input: string): boolean {
  return /^[\w.-]+=/.test(input) && !existsSync(input)
}

export function partitionsOf(text: string): number {
  const partitions = Number(text)
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
    throw usage(`--partitions is a whole number from 1 to ${PARTITIONS_MAX}`)
  }
  return partitions
}

function usage(message: string): MonitorError {
  return new MonitorError('EVENKEEL_USAGE', message)
}
