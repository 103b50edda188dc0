import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { it } from 'node:test'
import { MAIN } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { replayOf, shopEvents } from '../support/traffic.ts'

const folder = temporaryFolder()

it('a report that nobody reads to its end (`| head`) is no crash: the exit code is still the verdict', async () => {
  const args = replayOf(folder, 'shop', shopEvents({ hours: 1, perMinute: 5 }))
  const child = spawn(process.execPath, [MAIN, ...args, '--json', '-'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(stderr, '')
  assert.equal(code, 2)
})
