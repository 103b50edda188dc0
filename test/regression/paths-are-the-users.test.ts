import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const CONFIG = `
log: {directory: ./logs}
streams:
  - {name: views, topic: views, format: json, eventTime: ts, cohort: {field: model, control: [a], candidate: [b]}}
`

it('npm run evenkeel from another folder reads the paths it is given from there, not from the package', () => {
  const folder = path.join(temporaryFolder(), 'of the user')
  mkdirSync(folder)
  writeFileSync(path.join(folder, 'mine.yaml'), CONFIG)
  const args = ['--prefix', ROOT, 'run', '-s', 'evenkeel', '--', 'check', '--config', 'mine.yaml']
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^ok {2}mine\.yaml/)
})
