import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { configPage } from '../../scripts/config-doc.ts'
import { runCommand } from '../../src/commands/main.ts'
import { DEFAULTS, POLICY_DEFAULTS } from '../../src/config/defaults.ts'
import { readConfig } from '../../src/config/load.ts'
import { EFFECT_NAMES } from '../../src/config/shape.ts'
import type { EffectName } from '../../src/config/shape.ts'
import { streamGroups } from '../../src/config/stream-groups.ts'
import { ownTopicSpecs } from '../../src/config/topic-specs.ts'
import { VIOLATION_REASONS } from '../../src/contract/violation.ts'
import { looksOfClass, natsOf, zRequiredOfClasses } from '../../src/evidence/z-required.ts'
import { PROBLEMS, problemPath } from '../../src/http/problem.ts'
import { createChecks } from '../../src/verdict/checks/create.ts'
import { ROOT, anchorsOf, commandLinesOf, readPage, readPages, rowsUnder } from '../support/documents.ts'

const pages = readPages()
const COMMANDS = ['run', 'replay', 'verify', 'baseline', 'panes', 'check', 'topics', 'demo'] as const
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')

describe('the pages', () => {
  it('link to what is there', () => {
    const broken = pages.flatMap((page) => {
      const targets = [...page.prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
      return targets.filter((target) => !isThere(page.file, target)).map((target) => `${page.file}: ${target}`)
    })
    assert.deepEqual(broken, [])
  })

  it('name files of ours that exist', () => {
    const named = /`((?:src|test|config|schemas|docs|scripts|bench|demo)\/[\w./-]+)`/g
    const missing = pages.flatMap(({ file, text }) =>
      [...text.matchAll(named)]
        .filter(([, name]) => !existsSync(path.join(ROOT, name!)))
        .map(([, name]) => `${file}: ${name}`),
    )
    assert.deepEqual(missing, [])
  })

  it('show command lines that the program understands', async () => {
    const helps = new Map<string, string>()
    for (const command of COMMANDS) helps.set(command, await helpOf(command))
    const lines = pages.flatMap((page) => commandLinesOf(page).map((words) => ({ file: page.file, words })))
    assert.ok(lines.length >= 20, `only ${lines.length}`)
    for (const { file, words } of lines) {
      const [command, ...rest] = words
      const options = rest.filter((word) => /^--\w/.test(word)).map((word) => word.split('=')[0]!)
      for (const option of options) {
        assert.match(helps.get(command!)!, new RegExp(`(^|\\s)${option}\\b`), `${file}: ${words.join(' ')}`)
      }
    }
  })

  it('name options that exist', async () => {
    // The options of `npm run bench` and `npm run calibrate` stand in their sources.
    const benches = globSync('bench/**/*.ts', { cwd: ROOT }).map(read).join('\n')
    const helps = await Promise.all(COMMANDS.map(helpOf))
    const named = pages.flatMap(({ file, prose }) =>
      [...prose.matchAll(/`(?:npm install )?(--[a-z][\w-]*)[^`]*`/g)].map(([, option]) => ({ file, option: option! })),
    )
    assert.ok(named.length >= 5)
    for (const { file, option } of named.filter(({ option }) => option !== '--ignore-scripts')) {
      assert.ok(
        helps.some((help) => new RegExp(`\\s${option}\\b`).test(help)) || benches.includes(`  ${option} `),
        `${file}: ${option}`,
      )
    }
  })

  it('name npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = pages.flatMap(({ text }) =>
      [...text.matchAll(/npm run (?:-s )?([a-z][\w:]*)/g)].map(([, name]) => name!),
    )
    assert.ok(named.length > 5)
    assert.deepEqual(
      named.filter((name) => !Object.hasOwn(scripts, name)),
      [],
    )
  })

  it('show configurations that load', () => {
    const shown = pages.flatMap(({ file, blocks }) =>
      blocks.filter(({ language }) => language === 'yaml').map(({ text }) => ({ file, text })),
    )
    assert.ok(shown.length > 0)
    for (const { file, text } of shown) readConfig(text, file, {}, { needsLog: true })
  })
})

describe('README', () => {
  const page = readPage('README.md')

  it('explains the configuration that is shipped as an example', () => {
    const [shown] = page.blocks.filter(({ language }) => language === 'yaml')
    assert.equal(shown!.text, read('docs/examples/impressions.yaml'))
  })

  it('lists exactly the checks that are built', () => {
    const listed = rowsUnder(page, '## Status').slice(1).flatMap(([names]) => [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)) // prettier-ignore
    assert.deepEqual(listed.sort(), builtChecks())
  })
})

describe('docs/errors.md', () => {
  const page = readPage('docs/errors.md')

  it('has a section for every code, with its exit code', () => {
    const codes = [...read('src/errors.ts').matchAll(/\| '(EVENKEEL_\w+)'/g)].map(([, code]) => code!)
    const sections = page.text.split(/^### /m).slice(1)
    assert.ok(codes.length > 5)
    assert.deepEqual(sections.map((section) => section.slice(0, section.indexOf('\n'))).sort(), [...codes].sort())
    for (const section of sections) assert.match(section, /Exit code: (3|64|69|74|78|none)\b/)
  })

  it('gives configuration and usage errors the exit codes that they have', async () => {
    const exitCode = (args: string[]) => runCommand(args, { stdout: sink(), stderr: sink(), env: {} })
    const saidOf = (code: string): string => /Exit code: (\d+)/.exec(page.text.split(`### ${code}\n`)[1]!)![1]!
    assert.equal(String(await exitCode(['check', '--config', 'is-not-there.yaml'])), saidOf('EVENKEEL_CONFIG_INVALID'))
    assert.equal(String(await exitCode(['check', '--nonsense'])), saidOf('EVENKEEL_USAGE'))
  })

  it('lists every problem over HTTP', () => {
    const rows = rowsUnder(page, '## Problems over HTTP').slice(1)
    const known = Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]
    assert.deepEqual(
      rows.map(([type, status]) => [type!.replaceAll('`', ''), Number(status)]),
      known.map((name) => [problemPath(name), PROBLEMS[name].status]),
    )
  })
})

describe('docs/configuration.md', () => {
  it('is what scripts/config-doc.ts writes', () => {
    assert.equal(read('docs/configuration.md'), configPage())
  })
})

describe('docs/contracts.md', () => {
  it('lists every reason of a violation', () => {
    const rows = [...read('docs/contracts.md').matchAll(/^\| `([\w-]+)` \| (?:yes|no) \|/gm)].map(
      ([, reason]) => reason!,
    )
    assert.deepEqual(rows, VIOLATION_REASONS)
  })
})

describe('docs/operations.md', () => {
  const page = readPage('docs/operations.md')

  it('names the rules that are shipped', () => {
    const { groups } = parse(read('config/rules/evenkeel-alerts.yml')) as { groups: { rules: { alert: string }[] }[] }
    const shipped = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))
    const named = [...page.text.matchAll(/`(Evenkeel[A-Z]\w+)`/g)].map(([, name]) => name!)
    assert.ok(named.length >= 5)
    assert.deepEqual(
      named.filter((name) => !shipped.includes(name)),
      [],
    )
  })

  it('tells how our topics are made', () => {
    const config = readConfig(read('docs/examples/impressions.yaml'), '', {})
    const days = (ms: number): string => (ms < 0 ? 'for ever' : `${ms / 86_400_000} days`)
    const specs = ownTopicSpecs(config, { brokerCount: 3 })
    const rows = rowsUnder(page, '## Topics and rights').slice(1)
    assert.deepEqual(
      rows.map(([topic]) => topic),
      specs.map(({ topic }) => `\`<prefix>${topic.slice(config.topics.prefix.length)}\``),
    )
    for (const [at, { partitions, config: settings }] of specs.entries()) {
      const [, , shownPartitions, kept] = rows[at]!
      assert.equal(shownPartitions, String(partitions))
      const wanted = days(Number(settings['retention.ms']))
      assert.ok(kept!.includes(wanted) || (kept === 'twice the horizon' && wanted === '28 days'), `${kept}: ${wanted}`)
    }
  })
})

describe('docs/statistics.md', () => {
  const page = readPage('docs/statistics.md')

  it('has the defaults of the budget', () => {
    const rows = new Map(rowsUnder(page, '## 6. Budget').map(([name, value]) => [name!.replaceAll('`', ''), value!]))
    const { shares } = POLICY_DEFAULTS
    assert.equal(rows.get('falseAlarmBudget'), String(POLICY_DEFAULTS.falseAlarmBudget))
    assert.equal(rows.get('horizon')!.replace(' ', ''), DEFAULTS.horizon)
    assert.equal(rows.get('levels'), String(POLICY_DEFAULTS.levels))
    for (const [name, share] of Object.entries(shares)) assert.equal(rows.get(`shares.${name}`), String(share))
  })

  it('has the smallest effects and the margins', () => {
    const rows = rowsUnder(page, '## 7. Alert rule').slice(1)
    const seen = new Set<EffectName>()
    for (const [check, , effectMin, margin] of rows) {
      for (const name of EFFECTS_OF_ROW[check!]!) {
        seen.add(name)
        assert.equal(effectMin, String(POLICY_DEFAULTS.effectMin[name]), name)
        const wanted = name === 'omnibus' ? 'none' : `× ${POLICY_DEFAULTS.margin[name]}`
        assert.ok(margin!.startsWith(wanted), `${name}: ${margin}`)
      }
    }
    // Each of these has rules of its own, in words in section 10.
    const apart: EffectName[] = ['volume', 'sampleRatio', 'crossCohort']
    assert.deepEqual([...seen, ...apart].sort(), [...EFFECT_NAMES].sort())
  })

  it('computes the thresholds that it shows', () => {
    const slices = 4032
    const budget = { alphaRelease: 0.01, share: 0.5, metrics: 10, levels: 10, panes: slices }
    const location = zRequiredOfClasses({ ...budget, contrastWeight: 0.3 })
    const rate = zRequiredOfClasses({ ...budget, contrastWeight: 1 })
    const shown = (z: number): string => `${z.toFixed(3)} (${natsOf(z).toFixed(1)})`
    const rows = rowsUnder(page, '## 6. Budget').filter(([cls]) => /^\d+$/.test(cls!))
    assert.equal(rows.length, 5)
    for (const [text, , looks, ofLocation, ofRate] of rows) {
      const cls = Number(text)
      assert.equal(looks, looksOfClass(slices, cls).toLocaleString('en-US'))
      assert.deepEqual([ofLocation, ofRate], [shown(location[cls]!), shown(rate[cls]!)])
    }
  })
})

const EFFECTS_OF_ROW: Readonly<Record<string, EffectName[]>> = {
  '`numeric`, location': ['location'],
  '`numeric`, spread': ['spread'],
  'a cell of `numeric`, `categorical`': ['cell'],
  'a cell that was empty at the cut, `new`': ['newCell'],
  omnibus: ['omnibus'],
  '`boolean`': ['boolean'],
  '`representation`': ['representation'],
  '`engagement`': ['engagement'],
  '`missing`': ['missing'],
  '`range`': ['range'],
  '`duplicates`, `lateness`': ['duplicates', 'lateness'],
  '`schema`': ['schema'],
}

/** Of a configuration that asks for all there is. */
function builtChecks(): string[] {
  const text = read('docs/examples/impressions.yaml').replace(
    'fields:',
    'fields:\n      - { name: is_new, kind: boolean }',
  )
  const config = readConfig(text, '', {})
  const checks = streamGroups(config).flatMap(({ streams }) => createChecks(config, streams, 0))
  const names = checks
    .filter(({ isListed }) => isListed)
    .map(({ subject: { check, against } }) => (against === 'control' ? check : `${check}@${against}`))
  return [...new Set(names)].sort()
}

function isThere(file: string, target: string): boolean {
  if (/^https?:/.test(target)) return true
  const [name, anchor] = target.split('#') as [string, string | undefined]
  const linked = name === '' ? file : path.join(path.dirname(file), name)
  if (!existsSync(path.join(ROOT, linked))) return false
  return anchor === undefined || anchorsOf(readPage(linked)).has(anchor)
}

async function helpOf(command: string): Promise<string> {
  let text = ''
  const stdout = Object.assign(sink(), { write: (piece: string) => (text += piece) !== '' })
  assert.equal(await runCommand([command, '--help'], { stdout, stderr: sink(), env: {} }), 0)
  return text
}

function sink(): NodeJS.WritableStream {
  return { write: () => true } as unknown as NodeJS.WritableStream
}
