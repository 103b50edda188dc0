import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { CATALOGUE } from '../../src/telemetry/catalogue.ts'
import { skipWithout } from '../support/prometheus.ts'

const root = path.join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const files = globSync('config/rules/*.yml', { cwd: root }).sort()
const rules = files.flatMap((file) => (parse(read(file)) as RuleFile).groups.flatMap((group) => group.rules))
const alerts = rules.flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]))
const records = rules.flatMap(({ record }) => (record === undefined ? [] : [record]))
const tests = globSync('test/prometheus/*.yml', { cwd: root }).map((file) => parse(read(file)) as TestFile)

describe('the rules, by promtool', { skip: skipWithout('promtool', 'amtool') }, () => {
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: root, encoding: 'utf8' })

  it('are valid, and belong to the sample configuration', () => {
    const checked = run('promtool', 'check', 'config', 'config/prometheus.yml')
    assert.match(checked, /prometheus\.yml is valid/)
    for (const file of files) assert.ok(checked.includes(`Checking ${file}\n  SUCCESS`), `${file}: ${checked}`)
    run('promtool', 'check', 'rules', '--lint=all', '--lint-fatal', ...files)
  })

  it('fire when they should, and only then', () => {
    const told = run('promtool', 'test', 'rules', ...globSync('test/prometheus/*.yml', { cwd: root }))
    assert.equal(told.match(/SUCCESS/g)?.length, tests.length)
  })

  it('have an Alertmanager configuration beside them that is valid', () => {
    for (const file of globSync('config/alertmanager*.yml', { cwd: root })) run('amtool', 'check-config', file)
  })
})

describe('the tests of the rules', () => {
  it('see every alerting rule fire, and not fire', () => {
    const asked = tests.flatMap((file) => file.tests.flatMap((each) => each.alert_rule_test ?? []))
    const fire = new Set(asked.filter(({ exp_alerts }) => exp_alerts.length > 0).map(({ alertname }) => alertname))
    const rest = new Set(asked.filter(({ exp_alerts }) => exp_alerts.length === 0).map(({ alertname }) => alertname))
    assert.deepEqual([...fire].sort(), alerts.map(({ alert }) => alert).sort())
    assert.deepEqual([...rest].sort(), alerts.map(({ alert }) => alert).sort())
  })

  it('see a value of every recording rule', () => {
    const asked = tests.flatMap((file) => file.tests.flatMap((each) => each.promql_expr_test ?? []))
    const seen = asked.filter(({ exp_samples }) => exp_samples.length > 0).map(({ expr }) => expr.replace(/\{.*/, ''))
    assert.deepEqual([...new Set(seen)].sort(), [...records].sort())
  })
})

describe('the style of the rules', () => {
  it('is that of a mixin: one first word, a severity, a summary that stands still, a description that tells, a runbook', () => {
    for (const { alert, labels, annotations } of alerts) {
      assert.match(alert, /^Evenkeel([A-Z][a-z]+)+$/)
      assert.deepEqual(Object.keys(labels!), ['severity'], alert)
      assert.ok(['critical', 'warning', 'info'].includes(labels!.severity!), alert)
      assert.deepEqual(Object.keys(annotations!), ['summary', 'description', 'runbook_url'], alert)
      assert.ok(!annotations!.summary!.includes('{{') && annotations!.summary!.endsWith('.'), alert)
      assert.match(annotations!.description!, /\{\{ \$(labels|value)/, alert)
      assert.equal(annotations!.runbook_url, `docs/runbooks/${alert}.md`)
    }
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length)
  })

  it('names what is recorded level:metric:operations', () => {
    for (const record of records)
      assert.match(record, /^(stream|job)(_[a-z]+)*:evenkeel_[a-z_]+:(sum|max|rate5m|ratio_rate5m|p99_rate5m)$/)
  })

  it('asks only for metrics that are exported, by labels that they have', () => {
    const names = Object.keys(CATALOGUE)
    for (const { alert, record, expr } of rules) {
      for (const [, name] of expr.matchAll(/(?<![\w:])(evenkeel_\w+)(?![\w:])/g))
        assert.ok(names.includes(name!.replace(/_(bucket|sum|count)$/, '')), `${alert ?? record} asks for ${name}`)
    }
  })
})

describe('the runbooks', () => {
  it('are one page for each alerting rule, each with what it means, what it costs, where to look and what to do', () => {
    const pages = globSync('docs/runbooks/*.md', { cwd: root }).map((page) => path.basename(page, '.md'))
    assert.deepEqual(pages.sort(), alerts.map(({ alert }) => alert).sort())
    for (const page of pages) {
      const text = read(`docs/runbooks/${page}.md`)
      const headings = [...text.matchAll(/^#+ .*$/gm)].map(([line]) => line)
      assert.deepEqual(headings, [`# ${page}`, '## Meaning', '## Impact', '## Diagnosis', '## What to do'])
      const [, diagnosis] = /^## Diagnosis\n([^]*)^## What to do/m.exec(text)!
      assert.match(diagnosis!, /^```/m, `${page} names no command, query or address to look at`)
    }
  })

  it('lead to pages that are there, and speak of metrics that are exported', () => {
    for (const page of globSync('docs/runbooks/*.md', { cwd: root })) {
      for (const [, link] of read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
        assert.ok(existsSync(path.join(root, path.dirname(page), link!)), `${page} links to ${link}`)
      for (const [name] of read(page).matchAll(/\bevenkeel_\w+/g))
        assert.ok(Object.hasOwn(CATALOGUE, name.replace(/_bucket$/, '')), `${page} speaks of ${name}`)
    }
  })
})

interface RuleFile {
  groups: { rules: Rule[] }[]
}

interface Rule {
  alert?: string
  record?: string
  expr: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

interface TestFile {
  tests: {
    alert_rule_test?: { alertname: string; exp_alerts: object[] }[]
    promql_expr_test?: { expr: string; exp_samples: object[] }[]
  }[]
}
