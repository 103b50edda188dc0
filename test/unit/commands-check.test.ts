import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { runCommand } from '../../src/commands/main.ts'

const RIGHT = `
kafka: {brokers: ["localhost:9092"], sasl: {username: u, password: hunter2}}
registry: {url: "http://user:hunter2@localhost:8081"}
streams:
  - name: impressions
    topic: shop.impressions
    format: avro
    eventTime: ts
    cohort: {field: model, control: [m41], candidate: [m42]}
    fields: [{name: price, kind: numeric}]
`

let directory: string
before(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'evenkeel-check-'))
  writeFileSync(path.join(directory, 'right.yaml'), RIGHT)
  writeFileSync(
    path.join(directory, 'wrong.yaml'),
    RIGHT.replace('kind: numeric', 'kind: number').replace('topic:', 'topci:'),
  )
})
after(() => rmSync(directory, { recursive: true }))

describe('evenkeel check', () => {
  it('prints a line for each thing that is right, and no secret', async () => {
    const { code, out, err } = await run(['check', '--config', path.join(directory, 'right.yaml')])
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /^ok {2}.*right.yaml +every key is known/)
    assert.match(out, /\nok {2}stream impressions +shop.impressions, avro, 1 field, 0 engagement metrics; no unit/)
    assert.match(out, /\nok {2}log +Kafka at localhost:9092\n/)
    assert.doesNotMatch(out, /hunter2/)
    assert.ok(
      out
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('ok  ')),
    )
  })

  it('takes the configuration that EVENKEEL_CONFIG names', async () => {
    const { code } = await run(['check'], { EVENKEEL_CONFIG: path.join(directory, 'right.yaml') })
    assert.equal(code, 0)
  })

  it('prints every mistake with its place, and exits 78', async () => {
    const { code, out, err } = await run(['check', '--config', path.join(directory, 'wrong.yaml')])
    assert.deepEqual([code, out], [78, ''])
    assert.match(err, /wrong\.yaml has 2 problems/)
    assert.match(err, /wrong\.yaml:6:5 .*topci.*did you mean "topic"/)
    assert.match(err, /wrong\.yaml:10:34 .*kind.*"number" is not one of/)
  })

  it('exits 78 without the file, 64 with an unknown option', async () => {
    assert.equal((await run(['check', '--config', path.join(directory, 'none.yaml')])).code, 78)
    assert.match((await run(['check'])).err, /evenkeel\.yaml has 1 problem/, 'the usual name, where none is given')
    const { code, err } = await run(['check', '--confg', 'x'])
    assert.equal(code, 64)
    assert.match(err, /there is no option --confg; did you mean --config\?/)
    assert.equal((await run(['check', 'right.yaml'])).code, 64)
  })
})

describe('evenkeel topics', () => {
  const config = (): string[] => ['--config', path.join(directory, 'right.yaml')]

  it('prints the five topics and the rights as commands', async () => {
    const { code, out } = await run(['topics', '--print', ...config()])
    assert.equal(code, 0)
    const topics = [...out.matchAll(/--topic (evenkeel\.\w+) \\\n {2}--partitions (\d+) --replication-factor (\d+)/g)]
    assert.deepEqual(
      topics.map(([, topic, partitions, replicas]) => `${topic} ${partitions} ${replicas}`),
      [
        'evenkeel.panes 12 3',
        'evenkeel.slices 12 3',
        'evenkeel.alerts 1 3',
        'evenkeel.ledger 1 3',
        'evenkeel.quarantine 12 3',
      ],
    )
    assert.match(out, /--operation Read --operation Describe --topic shop\.impressions\n/)
    assert.doesNotMatch(out, /Write[^\n]*shop\.impressions/, 'event topics are never written')
    assert.match(out, /--group evenkeel\. --resource-pattern-type prefixed/)
  })

  it('keeps panes 2 days, slices and alerts twice the horizon, the ledger for ever', async () => {
    const { out } = await run(['topics', '--print', '--json', ...config()], { EVENKEEL_POLICY_HORIZON: '7d' })
    const { topics } = JSON.parse(out) as { topics: { topic: string; config: Record<string, string> }[] }
    const days = topics.map(({ topic, config: own }) => [topic, Number(own['retention.ms']) / 86_400_000])
    assert.deepEqual(days.slice(0, 3), [
      ['evenkeel.panes', 2],
      ['evenkeel.slices', 14],
      ['evenkeel.alerts', 14],
    ])
    assert.equal(topics[3]!.config['retention.ms'], '-1')
    assert.ok(topics.every(({ config: own }) => own['cleanup.policy'] === 'delete'))
  })

  it('asks for two copies in sync where there are three', async () => {
    const three = await run(['topics', '--print', ...config()])
    assert.ok(three.out.includes('min.insync.replicas=2') && !three.out.includes('min.insync.replicas=1'))
    const one = await run(['topics', '--print', '--replication-factor', '1', '--partitions', '3', ...config()])
    assert.ok(one.out.includes('min.insync.replicas=1') && one.out.includes('--partitions 3 --replication-factor 1'))
  })

  it('exits 64 where it is not told what to do, or how many is no number', async () => {
    assert.equal((await run(['topics', ...config()])).code, 64)
    assert.equal((await run(['topics', '--print', '--partitions', 'x', ...config()])).code, 64)
  })
})

async function run(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const code = await runCommand(args, { stdout, stderr, env })
  const textOf = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? ''
  return { code, out: textOf(stdout), err: textOf(stderr) }
}
