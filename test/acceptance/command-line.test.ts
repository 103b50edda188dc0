import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { evenkeel } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { shopConfig } from '../support/traffic.ts'

const folder = temporaryFolder()

const BROKEN = `instance: test
panes: {length: 90x}
streams:
  - name: shop
    topic: shop.events
    format: json
    eventTime: ts
    cohort: {field: model, control: [m1], candidate: [m2]}
    feilds:
      - {name: price, kind: numeric}
    unit: user
    engagement:
      - {name: click_rate, rates: {field: clicked, equals: true}}
`

describe('a broken configuration', () => {
  it('exit 78, with every mistake at its place', async () => {
    const config = path.join(folder, 'broken.yaml')
    writeFileSync(config, BROKEN)
    const ended = await evenkeel(['replay', '--config', config, '--input', 'nothing.ndjson'])
    assert.equal(ended.code, 78)
    assert.equal(ended.stdout, '')
    const places = [...ended.stderr.matchAll(/broken\.yaml:(\d+):(\d+)/g)].map(
      ([, line, column]) => `${line}:${column}`,
    )
    assert.deepEqual(places, ['2:17', '9:5', '13:28'], ended.stderr)
    assert.match(ended.stderr, /"90x" is not a duration/)
    assert.match(ended.stderr, /did you mean "fields"\?/)
  })

  it('exit 78 where there is none', async () => {
    const ended = await evenkeel(['replay', '--config', path.join(folder, 'none.yaml'), '--input', 'x'])
    assert.equal(ended.code, 78)
    assert.match(ended.stderr, /none\.yaml/)
  })
})

describe('a command line that nobody understands', () => {
  const config = path.join(folder, 'usage.yaml')
  before(() => writeFileSync(config, JSON.stringify(shopConfig())))
  const wrong: [title: string, args: string[], says: RegExp][] = [
    ['no command', [], /evenkeel COMMAND --help/],
    ['an unknown command', ['replai'], /there is no command "replai"/],
    ['an unknown option', ['replay', '--config', config, '--imput', 'x'], /--imput/],
    ['no input', ['replay', '--config', config], /no input for shop: --input shop=FILE/],
    ['the same input twice', ['replay', '--config', config, '--input', 'a', '--input', 'b'], /shop has two inputs/],
    ['no partition', ['replay', '--config', config, '--input', 'a', '--partitions', '0'], /from 1 to/],
    ['an option of another command', ['run', '--input', 'a'], /--input/],
  ]
  for (const [title, args, says] of wrong) {
    it(`${title}: exit 64, and what to write instead`, async () => {
      const ended = await evenkeel(args)
      assert.equal(ended.code, 64)
      assert.match(ended.stderr + ended.stdout, says)
      assert.doesNotMatch(ended.stderr, /\n {4}at /, 'no stack: it is no defect')
    })
  }
})
