// Runs a script under the project's own Node 24, installing what is missing first.
//   node scripts/with-node.mjs [node flags] FILE [arguments]
// Plain JavaScript that any Node >= 18 can start: a fresh clone needs npm and nothing else.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const modules = path.join(root, 'node_modules')
const node = path.join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const stamp = path.join(modules, '.evenkeel-lock')
const lock = createHash('sha256').update(readFileSync(path.join(root, 'package-lock.json'))).digest('hex')

if (!existsSync(node) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  process.stderr.write('evenkeel: installing its packages (once) ...\n')
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (npm.status !== 0) process.exit(npm.status ?? 1)
  writeFileSync(stamp, lock)
}

// npm starts scripts in the package's root and says in INIT_CWD where the user is. Tests and benches belong to the root; the
// program belongs to the user: the paths that are given to it are meant from there.
const program = 'src/main.ts'
const isFromNpm = process.cwd() === root && existsSync(process.env.INIT_CWD ?? '')
const cwd = isFromNpm && process.argv[2] === program ? process.env.INIT_CWD : process.cwd()
const args = process.argv.slice(2).map((arg, at) => (at === 0 && arg === program ? path.join(root, program) : arg))

const PATH = `${path.join(modules, '.bin')}${path.delimiter}${process.env.PATH ?? ''}`
// Half of a start is compiling: Node keeps what it has compiled, types stripped, and reads it again while the source is the same.
const NODE_COMPILE_CACHE = process.env.NODE_COMPILE_CACHE ?? path.join(modules, '.cache', 'node')
const child = spawn(node, args, { cwd, stdio: 'inherit', env: { ...process.env, PATH, NODE_COMPILE_CACHE } })
// The child does the work; a signal to us is meant for it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 128 + (signal === 'SIGINT' ? 2 : 15) : (code ?? 1)))
