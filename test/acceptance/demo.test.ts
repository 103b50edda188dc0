import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { before, describe, it } from 'node:test'
import { evenkeel, Program } from '../support/program.ts'
import type { Ended } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

describe('demo --once', { timeout: 900_000 }, () => {
  const cwd = temporaryFolder()
  let ended: Ended
  let lines: string[]

  before(async () => {
    ended = await evenkeel(['demo', '--once', '--port', '0'], { cwd, timeoutMs: 600_000 })
    lines = ended.stdout.split('\n')
  })

  it('ends after the first alert with exit 0', () => {
    assert.equal(ended.code, 0, ended.stderr)
    assert.equal(ended.stderr, '')
    assert.equal(lines.filter((line) => line.includes('FIRING')).length, 1)
  })

  it('shows the fault, then its alert with the reason in plain words', () => {
    const fault = lines.findIndex((line) => line.includes('begins to send user_feature_2 as null'))
    const alert = lines.findIndex((line) => /FIRING (warning|critical) {2}missing user_feature_2$/.test(line))
    assert.ok(fault >= 0 && alert > fault, ended.stdout)
    assert.match(lines[alert + 1]!, /% of candidate values are missing against 0\.0 % of control/)
  })

  it('says where the pages, /metrics and the API answer, and counts by the hour', () => {
    assert.match(ended.stdout, /see it +http:\/\/127\.0\.0\.1:\d+\/$/m)
    assert.match(ended.stdout, /metrics +http:\/\/127\.0\.0\.1:\d+\/metrics/)
    assert.match(ended.stdout, /alerts +http:\/\/127\.0\.0\.1:\d+\/api\/v1\/alerts/)
    assert.match(ended.stdout, /^0[1-9]:00 {2}control [\d,]+ events of [\d,]+ visitors, candidate [\d,]+ events/m)
  })
})

describe('demo', { timeout: 600_000 }, () => {
  it('takes a free port where the wanted one is taken, answers there, and ends with Ctrl-C', async () => {
    const squatter = createServer().listen(0, '127.0.0.1')
    await once(squatter, 'listening')
    const { port } = squatter.address() as AddressInfo
    try {
      const demo = new Program(['demo', '--port', String(port)], { cwd: temporaryFolder() })
      const [, url] = await demo.prints(/metrics +(http:\S+)\/metrics/)
      assert.notEqual(new URL(url!).port, String(port))
      assert.equal((await fetch(`${url}/readyz`)).status, 200)
      assert.match(await (await fetch(`${url}/metrics`)).text(), /evenkeel_build_info/)
      demo.kill('SIGINT')
      const { signal } = await demo.ended
      assert.equal(signal, null, 'it ends by itself')
    } finally {
      squatter.close()
    }
  })
})
