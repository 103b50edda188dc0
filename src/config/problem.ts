import { MonitorError } from '../errors.ts'

/** One mistake. `line` and `column` are 1-based; both 0 where the value came from the environment, which `key` then names. */
export interface ConfigProblem {
  line: number
  column: number
  key: string
  message: string
}

/** Every mistake of one configuration at once, in the order of the file. */
export class ConfigError extends MonitorError {
  readonly file: string
  readonly problems: readonly ConfigProblem[]

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const sorted = [...problems].sort(byPlace)
    super('EVENKEEL_CONFIG_INVALID', layOut(file, sorted))
    this.name = 'ConfigError'
    this.file = file
    this.problems = sorted
  }
}

function layOut(file: string, problems: readonly ConfigProblem[]): string {
  const rows = problems.map((problem) => [placeText(file, problem), problem.key, problem.message] as const)
  const placeWidth = Math.max(...rows.map(([place]) => place.length))
  // One very long key must not push every message off the screen.
  const keyWidth = Math.min(44, Math.max(...rows.map(([, key]) => key.length)))
  const lines = rows.map(([place, key, message]) =>
    `  ${place.padEnd(placeWidth)}  ${key.padEnd(keyWidth)}  ${message}`.replaceAll('\n', ' '),
  )
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return [`${file} has ${count}`, ...lines].join('\n')
}

function placeText(file: string, { line, column }: ConfigProblem): string {
  return line === 0 ? 'environment' : `${file}:${line}:${column}`
}

function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  const lineOf = ({ line }: ConfigProblem): number => (line === 0 ? Infinity : line)
  if (lineOf(a) !== lineOf(b)) return lineOf(a) - lineOf(b)
  return a.column - b.column || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
}
