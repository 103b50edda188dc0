import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { evenkeel } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder()
const config = path.join(folder, 'evenkeel.yaml')
const events = path.join(folder, 'events.ndjson')
writeFileSync(
  config,
  'streams: [{name: views, topic: t, format: json, eventTime: ts, cohort: {field: m, control: a, candidate: b}}]',
)
writeFileSync(events, '{"ts": 1772409600000, "m": "a"}\n')

it('a report that cannot be written is 74 and one line, before anything is read; never 1, which means FAIL', async () => {
  const json = path.join(folder, 'nowhere', 'report.json')
  const { code, stdout, stderr } = await evenkeel(['replay', '--config', config, '--input', events, '--json', json])
  assert.equal(code, 74)
  assert.match(stderr, /^EVENKEEL_STATE_IO: .*report\.json cannot be written: ENOENT[^\n]*\n$/)
  assert.equal(stdout, '')
})

it('an input for a stream that is not there is a mistake in the command, also where there is only one stream', async () => {
  const { code, stderr } = await evenkeel(['replay', '--config', config, '--input', `clicks=${events}`])
  assert.equal(code, 64)
  assert.match(stderr, /--input clicks=.*: write STREAM=FILE, with one of views/)
})

it('a file whose name has a = in it needs no stream before it', async () => {
  const named = path.join(folder, 'day=1.ndjson')
  writeFileSync(named, '{"ts": 1772409600000, "m": "a"}\n')
  const inFolder = await evenkeel(['replay', '--config', config, '--input', 'day=1.ndjson'], { cwd: folder })
  assert.equal(inFolder.code, 2, inFolder.stderr)
})
