import { globSync } from 'node:fs'
import process from 'node:process'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

/**
 * `npm test [-- FILE ...]`: types, lint and format first (they are quick), then every test; with files only those.
 * Real Kafka and a real registry are started by the tests that need them. Where Java or Maven is missing these tests
 * say loudly that they were skipped; with CI set they fail instead.
 */
const named = process.argv.slice(2)
if (named.length === 0) await import('./lint.ts')
const files = named.length > 0 ? named.flatMap((name) => globSync(name)) : spread(globSync('test/**/*.test.ts').sort())
if (files.length === 0) throw new Error(`there is no test ${named.join(' ')}`)

process.stdout.write('\n== tests\n')
// More than two cores have to do: many tests wait most of the time, for sessions that end and for brokers that come back.
run({ files, concurrency: 3 })
  .on('test:fail', () => (process.exitCode = 1))
  .compose(spec)
  .pipe(process.stdout)

/** Services and brokers that are killed need the machine to themselves more than others do: as far from each other as can be. */
function spread(all: readonly string[]): string[] {
  const storms = all.filter((file) => file.startsWith('test/torture/'))
  const others = all.filter((file) => !storms.includes(file))
  const each = Math.ceil(others.length / storms.length)
  return storms.flatMap((storm, at) => [storm, ...others.slice(at * each, (at + 1) * each)])
}
