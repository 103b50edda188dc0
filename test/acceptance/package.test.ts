import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { builtinModules } from 'node:module'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { evenkeel } from '../support/program.ts'
import { replayed } from '../support/replayed.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { replayOf, shopEvents } from '../support/traffic.ts'

const run = promisify(execFile)
const root = path.join(import.meta.dirname, '../..')
/** npm and what it starts run under this Node, whatever the machine has. */
const env = { ...process.env, PATH: [path.dirname(process.execPath), path.join(root, 'node_modules/.bin'), process.env['PATH']].join(path.delimiter) } // prettier-ignore

describe('what npm pack makes', { timeout: 1_800_000 }, () => {
  const folder = temporaryFolder()
  const tree = path.join(folder, 'tree')
  const home = path.join(folder, 'empty')
  const main = path.join(home, 'node_modules/.bin/evenkeel')
  let files: string[]

  before(async () => {
    // In a copy: a build in the tree itself would pull dist/ from under whoever uses it at the same time.
    const isLeftOut = /(^|\/)(node_modules|dist|test|bench|\.git)$/
    cpSync(root, tree, { recursive: true, filter: (from) => !isLeftOut.test(path.relative(root, from)) })
    symlinkSync(path.join(root, 'node_modules'), path.join(tree, 'node_modules'))
    await run(process.execPath, ['scripts/build.ts'], { cwd: tree, env })
    const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: tree, env }) // prettier-ignore
    const [tarball] = JSON.parse(packed.stdout) as { filename: string; files: { path: string }[] }[]
    files = tarball!.files.map((file) => file.path)
    mkdirSync(home)
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
    await run('npm', ['install', ...quiet, path.join(folder, tarball!.filename)], { cwd: home, env })
  })

  it('is compiled JavaScript with schemas, the example, and the demo’s data beside its notice', () => {
    for (const file of ['dist/main.js', 'schemas/config.schema.json', 'schemas/report.schema.json', 'schemas/alert.schema.json', 'schemas/pane.avsc', 'config/evenkeel.example.yaml', 'demo/open-bandit.ndjson.gz', 'dist/page/page.css', 'dist/page/live.mjs', 'dist/page/icon.svg', 'LICENSE', 'NOTICE', 'README.md']) assert.ok(files.includes(file), file) // prettier-ignore
    assert.match(readFileSync(path.join(root, 'NOTICE'), 'utf8'), /Open Bandit/)
    assert.deepEqual(files.filter((file) => /\.ts$|^(src|test|bench|scripts|state|logs)\//.test(file)), []) // prettier-ignore
  })

  it('builds before it is packed', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> } // prettier-ignore
    assert.equal(scripts['prepack'], 'npm run build')
    assert.match(scripts['build']!, /scripts\/build\.ts$/)
  })

  it('imports nothing that it does not bring along', () => {
    const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { dependencies: object } // prettier-ignore
    const known = new Set([...Object.keys(dependencies), ...builtinModules, ...builtinModules.map((name) => `node:${name}`)]) // prettier-ignore
    const strange = globSync('**/*.js', { cwd: path.join(tree, 'dist') }).flatMap((file) => {
      const text = readFileSync(path.join(tree, 'dist', file), 'utf8')
      const names = [
        ...text.matchAll(/^import .*?'([^'\s]+)'|^export .* from '([^'\s]+)'|\b(?:import|require)\('([^'\s]+)'\)/gm),
      ]
        .map((found) => found[1] ?? found[2] ?? found[3]!)
        .filter((name) => !name.startsWith('.'))
      return names
        .map((name) => (name.startsWith('node:') ? name : /^(@[^/]+\/)?[^/]+/.exec(name)![0]))
        .filter((name) => !known.has(name) && name !== 'node:sqlite')
        .map((name) => `${file}: ${name}`)
    })
    assert.deepEqual(strange, [])
  })

  it('is pure JavaScript, all the way down', () => {
    assert.deepEqual(globSync('**/*.node', { cwd: home }), [])
  })

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
    const ended = await evenkeel(['--version'], { main, cwd: home })
    assert.deepEqual([ended.code, ended.stdout], [0, `${version}\n`])
  })

  it('runs the demo to its alert, in an empty folder, without any install script', async () => {
    const ended = await evenkeel(['demo', '--once', '--port', '0'], { main, cwd: home, timeoutMs: 600_000 })
    assert.equal(ended.code, 0, ended.stderr)
    assert.match(ended.stdout, /FIRING (warning|critical) {2}missing user_feature_2/)
    assert.ok(!existsSync(path.join(home, 'state')), 'the demo leaves nothing behind')
  })

  it('gives the report that the sources give', async () => {
    const args = replayOf(folder, 'shop', shopEvents({ hours: 1 }))
    const [compiled, sources] = await Promise.all([
      replayed(args, folder, 'compiled', { main }),
      replayed(args, folder, 'sources'),
    ])
    assert.equal(compiled.text, sources.text)
  })

  it('gives an older Node one clear line', async (t) => {
    const old = await olderNode()
    if (old === null) return t.skip('there is no older Node on the PATH')
    const { code, stderr } = await run(old, [main, '--version']).then(
      () => ({ code: 0, stderr: '' }),
      (error: { code: number; stderr: string }) => error,
    )
    assert.equal(code, 64)
    assert.match(stderr, /^evenkeel needs Node 24 or newer; this is \d+\.\d+\.\d+\n$/)
  })
})

async function olderNode(): Promise<string | null> {
  for (const place of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const node = path.join(place, 'node')
    if (place.includes('node_modules') || !existsSync(node)) continue
    const { stdout } = await run(node, ['--version'])
    if (Number(/^v(\d+)/.exec(stdout)?.[1]) < 24) return node
  }
  return null
}
