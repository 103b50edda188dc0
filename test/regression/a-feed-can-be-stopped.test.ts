import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { it } from 'node:test'
import { runCommand } from '../../src/commands/main.ts'
import { LocalLog } from '../../src/log/local-log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ndjson, shopConfig, shopEvents } from '../support/traffic.ts'

/** SIGTERM was heard only when the whole file was fed. */
it('run --feed stops when it is asked to, however long the file is', { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder()
  const [config, events] = [path.join(folder, 'evenkeel.yaml'), path.join(folder, 'events.ndjson')]
  const parts = { log: { directory: path.join(folder, 'logs') }, http: { listen: '127.0.0.1:0' }, state: { directory: path.join(folder, 'state') } } // prettier-ignore
  writeFileSync(config, JSON.stringify(shopConfig({}, parts)))
  writeFileSync(events, ndjson(shopEvents({ hours: 1, perMinute: 1 })))
  const feeding = Promise.withResolvers<void>()
  const { append } = LocalLog.prototype
  t.mock.method(LocalLog.prototype, 'append', function (this: LocalLog, ...args: Parameters<typeof append>) {
    if (args[0] !== 'shop.events') return append.apply(this, args)
    feeding.resolve()
    return new Promise<void>(() => undefined)
  })
  const stderr = new PassThrough()
  const args = ['run', '--config', config, '--feed', `shop=${events}`]
  const running = runCommand(args, { stdout: new PassThrough(), stderr, env: { EVENKEEL_LOG_LEVEL: 'silent' } })
  await feeding.promise
  process.emit('SIGTERM')
  assert.equal(await running, 0, String(stderr.read()))
})
