import { globSync } from 'node:fs'
import process from 'node:process'
import { runStep } from './run-step.ts'

/**
 * `npm test [-- FILE ...]`: types, lint and format first (they are quick), then every test; with files only those.
 * Real Kafka and a real registry are started by the tests that need them. Where Java or Maven is missing these tests
 * say loudly that they were skipped; with CI set they fail instead.
 */
const files = process.argv.slice(2)
if (files.length === 0) await import('./lint.ts')
const all = globSync('test/**/*.test.ts').sort()
runStep('tests', process.execPath, ['--test', '--test-concurrency=2', ...(files.length > 0 ? files : all)])
