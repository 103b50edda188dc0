import { fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { documentText } from './document.ts'
import type { Circumstances } from './document.ts'
import { GROUPS } from './groups.ts'
import type { Row } from './row.ts'
import { tableText } from './table.ts'

/**
 * `npm run bench [-- GROUP ...] [--scale N] [--json FILE] [--write-docs]`: one table per group, all rows as JSON in
 * `bench/out/bench.json`, and with `--write-docs` as `docs/performance.md`.
 *
 * Each group runs in a process of its own, one after the other, so that neither heaps nor what the compiler has learnt mix.
 * The exit code says only whether everything ran: a missed goal is a figure, and no figure here is a test.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: 'string', default: '1' },
    'write-docs': { type: 'boolean', default: false },
    json: { type: 'string', default: path.join(import.meta.dirname, 'out', 'bench.json') },
  },
})
const scale = Number(values.scale)
const unknown = positionals.filter((name) => !Object.hasOwn(GROUPS, name))
if (unknown.length > 0 || !(scale > 0 && scale <= 1)) {
  process.stderr.write(`Groups: ${Object.keys(GROUPS).join(', ')}. --scale is above 0 and at most 1.\n`)
  process.exit(64)
}
if (values['write-docs'] && (positionals.length > 0 || scale < 1)) {
  process.stderr.write('The document is of a whole run: --write-docs goes with neither groups nor --scale.\n')
  process.exit(64)
}

const about = circumstances()
const groups: Record<string, readonly Row[]> = {}
for (const name of positionals.length > 0 ? positionals : Object.keys(GROUPS)) {
  const rows = await runGroup(name)
  if (rows === null) {
    process.stderr.write(`${name} did not finish\n`)
    process.exitCode = 1
    continue
  }
  groups[name] = rows
  process.stdout.write(`\n${name} · ${GROUPS[name]!.title}\n${tableText(rows)}`)
}
mkdirSync(path.dirname(values.json), { recursive: true })
writeFileSync(values.json, `${JSON.stringify({ ...about, groups }, null, 2)}\n`)
if (values['write-docs'] && process.exitCode === undefined) {
  writeFileSync(path.join(import.meta.dirname, '../docs/performance.md'), documentText(groups, about))
}

function runGroup(name: string): Promise<readonly Row[] | null> {
  // No flag but the one that lets a case begin with a clean heap: what is measured runs as the product runs.
  const child = fork(path.join(import.meta.dirname, 'run-group.ts'), [name, values.scale], {
    execArgv: ['--expose-gc'],
  })
  let rows: readonly Row[] | null = null
  child.on('message', (message) => (rows = message as readonly Row[]))
  return new Promise((resolve) => child.on('exit', (code) => resolve(code === 0 ? rows : null)))
}

function circumstances(): Circumstances {
  const [cpu] = os.cpus()
  return { at: new Date().toISOString(), node: process.version, cpu: cpu?.model ?? '', cores: os.availableParallelism(), load: os.loadavg()[0]!, scale } // prettier-ignore
}
