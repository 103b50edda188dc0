import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { readConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/config/problem.ts'
import { redactConfig } from '../../src/config/redact.ts'
import type { AlertmanagerConfig } from '../../src/config/shape.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const STREAMS = `
streams:
  - {name: a, topic: a, format: json, eventTime: ts, cohort: {field: model, control: m1, candidate: m2}}
`
const folder = temporaryFolder()
const fileOf = (name: string, text: string): string => {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

describe('alertmanager', () => {
  it('is one address or several, without the slash at the end, and by default confirms every minute', () => {
    assert.deepEqual(read('{url: "http://am:9093/"}'), {
      urls: ['http://am:9093'],
      credentials: null,
      everyMs: 60_000,
      link: null,
      labels: {},
    })
    const config = read(`{url: [http://a:9093, "https://b/am/"], every: 30s, link: "https://evenkeel.example/x/", labels: [{name: region, value: eu-1}]}`) // prettier-ignore
    assert.deepEqual(config, {
      urls: ['http://a:9093', 'https://b/am'],
      credentials: null,
      everyMs: 30_000,
      link: 'https://evenkeel.example/x',
      labels: { region: 'eu-1' },
    })
  })

  it('takes secrets from files, and neither prints nor quotes them', () => {
    const password = fileOf('password', 'hunter2\n')
    const token = fileOf('token', 'hunter3\r\n')
    const basic = readWhole(`{url: "http://am:9093", username: ada, passwordFile: ${password}}`)
    assert.deepEqual(basic.alertmanager!.credentials, { username: 'ada', password: 'hunter2' })
    const bearer = readWhole(`{url: "http://am:9093", tokenFile: ${token}}`)
    assert.deepEqual(bearer.alertmanager!.credentials, { token: 'hunter3' })
    for (const config of [basic, bearer]) {
      assert.doesNotMatch(JSON.stringify(redactConfig(config)), /hunter/)
      assert.match(JSON.stringify(redactConfig(config)), /\*\*\*/)
    }
    const byVariable = readWhole('{url: "http://am:9093", token: old}', { EVENKEEL_ALERTMANAGER_TOKEN_FILE: token })
    assert.deepEqual(byVariable.alertmanager!.credentials, { token: 'hunter3' })
    assert.doesNotMatch(mistakesOf('{url: "http://am:9093", token: 424242}'), /424242/)
  })

  const MISTAKES: [title: string, text: string, key: string, message: RegExp][] = [
    ['no address', '{every: 1m}', 'alertmanager.url', /^is missing: Address of Alertmanager/],
    ['no web address', '{url: "am:9093"}', 'alertmanager.url', /"am:9093" is not a web address; write it like "http:/],
    ['a user inside the address', '{url: "http://ada:x@am:9093"}', 'alertmanager.url', /without user and password/],
    ['one of several', '{url: ["http://a", "nope"]}', 'alertmanager.url[1]', /"nope" is not a web address/],
    ['an address that is none', '{url: "http://am:99999"}', 'alertmanager.url', /^is not an address$/],
    ['no address at all', '{url: []}', 'alertmanager.url', /at least one entry/],
    ['a user alone', '{url: "http://am", username: ada}', 'alertmanager.passwordFile', /is missing: a user needs/],
    ['a password alone', '{url: "http://am", password: x}', 'alertmanager.username', /is missing: a password needs/],
    ['both ways in', '{url: "http://am", username: a, password: b, token: c}', 'alertmanager.username', /either a token/],
    ['a token twice', '{url: "http://am", token: a, tokenFile: /b}', 'alertmanager.tokenFile', /only one of "token"/],
    ['a file that is not there', '{url: "http://am", tokenFile: /nowhere}', 'alertmanager.tokenFile', /cannot be read/],
    ['too often', '{url: "http://am", every: 10ms}', 'alertmanager.every', /at least 1s and at most 10m/],
    ['too seldom', '{url: "http://am", every: 1h}', 'alertmanager.every', /at least 1s and at most 10m/],
    ['a label of alerts', '{url: "http://am", labels: [{name: stream, value: x}]}', 'alertmanager.labels[0].name', /"stream" is a label that alerts have of their own/],
    ['a label twice', '{url: "http://am", labels: [{name: a, value: x}, {name: a, value: y}]}', 'alertmanager.labels[1].name', /"a" stands here twice/],
    ['a label that Prometheus refuses', '{url: "http://am", labels: [{name: a-b, value: x}]}', 'alertmanager.labels[0].name', /"a-b" is not a label name/],
  ] // prettier-ignore
  for (const [title, text, key, message] of MISTAKES) {
    it(`${title} is one mistake, at its key`, () => {
      assert.throws(() => readWhole(text), (error: unknown) => {
        assert.ok(error instanceof ConfigError)
        assert.deepEqual(error.problems.map((problem) => problem.key), [key])
        assert.match(error.problems[0]!.message, message)
        return true
      }) // prettier-ignore
    })
  }
})

function readWhole(text: string, env: Record<string, string> = {}) {
  return readConfig(`alertmanager: ${text}${STREAMS}`, 'c.yaml', env)
}

function read(text: string): AlertmanagerConfig {
  return readWhole(text).alertmanager!
}

function mistakesOf(text: string): string {
  try {
    readWhole(text)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('this configuration is right')
}
