import { readFileSync } from 'node:fs'
import { draftOf } from './draft.ts'
import { applyEnvironment } from './environment.ts'
import type { Environment } from './environment.ts'
import { fillConfig } from './fill.ts'
import { meaningMistakes } from './meaning.ts'
import { isSecretKey } from './mistake.ts'
import type { Mistake } from './mistake.ts'
import { pathText } from './path.ts'
import type { Path } from './path.ts'
import { ConfigError } from './problem.ts'
import type { ConfigProblem } from './problem.ts'
import type { RawConfig } from './raw.ts'
import { schemaMistakes } from './schema-mistakes.ts'
import { readSecretFiles } from './secrets.ts'
import type { Config } from './shape.ts'
import { parseSource } from './source.ts'
import type { Source } from './source.ts'

export interface LoadOptions {
  /** The command speaks to logs: exactly one of `kafka` and `log` must be set. `replay` and `check` do without. */
  needsLog?: boolean
}

/** Reads a configuration from a file and the environment. Throws one ConfigError with every mistake in it. */
export function loadConfig(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
  options: LoadOptions = {},
): Config {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const message = `the file cannot be read: ${(error as Error).message}`
    throw new ConfigError(path, [{ line: 1, column: 1, key: '(file)', message }])
  }
  return readConfig(text, path, env, options)
}

/**
 * The same of a text; `file` is what messages call it.
 *
 *   text → value → environment on top → schema → what is left: meaning → secrets from files → defaults
 */
export function readConfig(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  options: LoadOptions = {},
): Config {
  const source = parseSource(text)
  if (source.value === undefined) throw new ConfigError(file, source.problems)
  const value = source.value ?? {}
  const environment = applyEnvironment(value, env)
  const { mistakes, broken } = schemaMistakes(environment.value, (path) => isSecret(path, environment))
  const draft = draftOf(environment.value, broken)
  mistakes.push(...meaningMistakes(draft))
  readSecretFiles(draft, (path, message) => void mistakes.push({ path, message }))
  if (options.needsLog && !draft.kafka && !draft.log) {
    mistakes.push({ path: [], message: 'needs "kafka: {brokers: [...]}" or "log: {directory: ...}"' })
  }
  const problems = [
    ...source.problems,
    ...environment.mistakes.map(({ variable, message }) => ({ line: 0, column: 0, key: variable, message })),
    ...mistakes.map((mistake) => locate(mistake, source, environment)),
  ]
  if (problems.length > 0) throw new ConfigError(file, problems)
  return fillConfig(draft as RawConfig)
}

function locate(mistake: Mistake, source: Source, environment: Environment): ConfigProblem {
  const { path, message } = mistake
  const variable = originOf(path, environment)
  if (variable !== undefined) return { line: 0, column: 0, key: variable, message }
  const place = mistake.atKey ? source.placeOfKey(path) : source.placeOf(path)
  return { ...place, key: path.length === 0 ? '(root)' : pathText(path), message }
}

/** The variable that set the value at the path, or a part of the configuration around it. */
function originOf(path: Path, { origins }: Environment): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const variable = origins.get(pathText(path.slice(0, length)))
    if (variable !== undefined) return variable
  }
  return undefined
}

function isSecret(path: Path, { hidden }: Environment): boolean {
  return isSecretKey(path) || hidden.has(pathText(path))
}
