import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './mutant.ts'

export const ROOT = path.join(import.meta.dirname, '../..')

/** What a test file said. */
export interface Outcome {
  status: number | null
  /** Tests that ran, suites aside. */
  ran: number
  failed: number
  /** Failed because an assertion or a property said no. */
  refuted: number
  output: string
}

/**
 * Runs one test file in a process of its own, with one constant broken, or with none.
 * @param cacheDirectory spares the children the work of reading the same sources again and again
 */
export function runTest(test: string, mutant: Mutant | null, cacheDirectory: string): Promise<Outcome> {
  const file = path.join(ROOT, `test/${test}.test.ts`)
  const imports = [
    ...(readFileSync(file, 'utf8').includes("'fast-check'") ? ['fixed-seed'] : []),
    ...(mutant === null ? [] : ['break-on-load']),
  ].flatMap((name) => ['--import', fileUrl(`test/mutation/${name}.ts`)])
  const report = [
    `--test-reporter=${fileUrl('test/mutation/outcome-reporter.ts')}`,
    '--test-reporter-destination=stderr',
  ]
  const child = spawn(process.execPath, [...imports, ...report, file], {
    cwd: ROOT,
    env: {
      ...process.env,
      // Else the child would speak to the runner that started us.
      NODE_TEST_CONTEXT: undefined,
      NODE_COMPILE_CACHE: cacheDirectory,
      MUTANT: mutant === null ? undefined : JSON.stringify({ ...mutant, url: fileUrl(mutant.file) }),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TIMEOUT_MS,
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, ...countsIn(output), output }))
  })
}

function countsIn(output: string): Pick<Outcome, 'ran' | 'failed' | 'refuted'> {
  const counts = /^outcome (.*)$/m.exec(output)?.[1]
  return counts === undefined
    ? { ran: 0, failed: 0, refuted: 0 }
    : (JSON.parse(counts) as Pick<Outcome, 'ran' | 'failed' | 'refuted'>)
}

function fileUrl(file: string): string {
  return pathToFileURL(path.join(ROOT, file)).href
}

/** They take a second or two: this is for one that would never end. */
const TIMEOUT_MS = 300_000
