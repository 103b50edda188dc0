import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { pathToFileURL } from 'node:url'

/**
 * `npm test [-- FILE ...]`: types, lint and format first (they are quick), then every test; with files only those.
 * Real Kafka and a real registry are started by the tests that need them. Where Java or Maven is missing these tests
 * say loudly that they were skipped; with CI set they fail instead.
 */
const named = process.argv.slice(2)
if (named.length === 0) await import('./lint.ts')
const UNITS_A_BUNDLE = 24
const files =
  named.length > 0 ? named.flatMap((name) => globSync(name)) : spread(bundled(globSync('test/**/*.test.ts').sort()))
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

/** Unit tests touch nothing outside their process, so that many of them go into one: to start it and to load us costs more than they do. */
function bundled(all: readonly string[]): string[] {
  const isUnit = (file: string): boolean => file.startsWith(path.join('test', 'unit', path.sep))
  const units = all.filter(isUnit)
  const bundles = mkdtempSync(path.join(tmpdir(), 'evenkeel-units-'))
  process.on('exit', () => rmSync(bundles, { recursive: true, force: true }))
  const entries = Array.from({ length: Math.ceil(units.length / UNITS_A_BUNDLE) }, (_, at) => {
    const entry = path.join(bundles, `units-${at + 1}.test.mjs`)
    const own = units.slice(at * UNITS_A_BUNDLE, (at + 1) * UNITS_A_BUNDLE)
    writeFileSync(
      entry,
      own.map((file) => `import ${JSON.stringify(pathToFileURL(path.resolve(file)).href)}\n`).join(''),
    )
    return entry
  })
  return [...all.filter((file) => !isUnit(file)), ...entries]
}
