import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import type { Report } from '../../src/verdict/report.ts'
import { subjectOf } from '../../src/verdict/subject.ts'
import { caseEvents, caseFile, caseSchema, writeContainer } from '../support/case-events.ts'
import { caseConfig, caseTruth } from '../support/cases.ts'
import type { CaseTruth } from '../support/cases.ts'
import { replayed } from '../support/replayed.ts'
import type { Replayed } from '../support/replayed.ts'
import { verdictsById } from '../support/report.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Seven days of impressions with known truth, through the real program; a replay takes seconds, so each is run once. */
const CASES_TO_REPLAY = ['obd-aa', 'obd-null', 'obd-unit', 'obd-clicks', 'obd-srm'] as const
const FOUND: Record<string, RegExp> = {
  'obd-null': /^impressions\/missing\/user_feature_2$/,
  'obd-unit': /^impressions\/(numeric|range)\/propensity$/,
  'obd-clicks': /^impressions\/engagement\/click_rate$/,
  'obd-srm': /^impressions\/sample-ratio@plan$/,
}

describe('replay of seven days of events', { timeout: 1_800_000 }, () => {
  const folder = temporaryFolder()
  const done = new Map<string, Replayed>()
  const the = (title: string): Replayed => done.get(title)!

  before(async () => {
    const avro = path.join(folder, 'events.avro')
    const replays: [title: string, name: string, input: string, more: string[]][] = [
      ...CASES_TO_REPLAY.map((name): [string, string, string, string[]] => [name, name, caseFile(name), []]),
      ['3 partitions', 'obd-null', caseFile('obd-null'), ['--partitions', '3']],
      ['12 partitions', 'obd-null', caseFile('obd-null'), ['--partitions', '12']],
      ['container', 'obd-null', avro, []],
    ]
    await writeContainer(avro, caseSchema('obd-null'), caseEvents('obd-null'))
    const run = async (): Promise<void> => {
      for (let next = replays.shift(); next !== undefined; next = replays.shift()) {
        const [title, name, input, more] = next
        const config = path.join(folder, `${name}.yaml`)
        writeFileSync(config, caseConfig(name))
        const args = ['replay', '--config', config, '--input', `impressions=${input}`, ...more]
        done.set(title, await replayed(args, folder, title))
        assert.equal(the(title).ended.stderr, '', `${title}: nothing but the answer where nobody watches`)
      }
    }
    await Promise.all([run(), run()])
  })

  for (const name of CASES_TO_REPLAY) {
    it(`${name}: counts every record once`, () => {
      const { streams } = the(name).report
      const { events: read } = caseTruth(name)
      assert.deepEqual(streams[0]!.events, { read, accepted: read, rejected: 0, late: 0, synthetic: 0, duplicates: 0 })
      const { control, candidate, other } = streams[0]!.cohorts
      assert.equal(control.events + candidate.events + other.events, read)
      assert.equal(streams[0]!.slices, (streams[0]!.toMs - streams[0]!.fromMs) / 300_000)
      assert.equal(streams[0]!.incompleteSlices, 0)
    })

    it(`${name}: alerts of nothing before the fault, and of nothing that has not changed`, () => {
      const truth = caseTruth(name)
      for (const alert of the(name).report.alerts) {
        assert.ok(truth.onsetMs !== null && alert.firedAtMs > truth.onsetMs, alert.reason)
        assert.ok(isOfTheFault(alert, truth), alert.reason)
        assert.equal(alert.cohort, 'candidate')
      }
    })
  }

  for (const [name, pattern] of Object.entries(FOUND)) {
    it(`${name}: finds the fault, and the verdict is FAIL with exit 1`, () => {
      const { ended, report } = the(name)
      const found = report.alerts.filter((alert) => pattern.test(idOf(alert)))
      assert.ok(found.length > 0, `alerts: ${report.alerts.map(idOf).join(', ')}`)
      assert.equal(report.verdict, 'FAIL')
      assert.equal(ended.code, 1)
      const failed = report.checks.filter(({ verdict }) => verdict === 'FAIL').map(({ id }) => id)
      assert.deepEqual(failed.sort(), [...new Set(report.alerts.map(idOf))].sort(), 'FAIL and alerts tell the same')
      assert.ok(ended.stdout.startsWith(`FAIL  ${report.reason}\n`), ended.stdout.slice(0, 200))
    })
  }

  it('obd-aa: raises nothing, and says in numbers what it could not decide', () => {
    const { ended, report } = the('obd-aa')
    assert.deepEqual(report.alerts, [])
    assert.ok(['PASS', 'INSUFFICIENT'].includes(report.verdict), report.reason)
    assert.equal(ended.code, report.verdict === 'PASS' ? 0 : 2)
    for (const { verdict, reason } of report.checks) {
      if (verdict === 'INSUFFICIENT')
        assert.match(reason, /reached, .* needed|neither proven nor excluded, the margin is|too little data/)
    }
  })

  for (const [title, partitions] of [
    ['3 partitions', 3],
    ['12 partitions', 12],
  ] as const) {
    it(`${title}: the same verdicts as with one`, () => {
      const [one, many] = [the('obd-null').report, the(title).report]
      assert.deepEqual(verdictsById(many), verdictsById(one))
      assert.equal(many.verdict, one.verdict)
      // A partition's first watermark is the median of its first 15 times: those that lie panes before it come late.
      const { read, accepted, late } = many.streams[0]!.events
      assert.equal(read, 70_000)
      assert.equal(accepted, 70_000 - late)
      assert.ok(late <= 7 * partitions, `${late} late`)
    })
  }

  it('an Avro container gives to the byte what NDJSON gives: so would the same command, given twice', () => {
    assert.equal(the('container').text, the('obd-null').text)
    assert.equal(the('container').ended.stdout, the('obd-null').ended.stdout)
  })
})

function idOf({ stream, check, field, against, segment }: Report['alerts'][number]): string {
  return subjectOf(stream, check, field, against, segment).id
}

function isOfTheFault({ check, field }: Report['alerts'][number], { anyOf, alsoOk }: CaseTruth): boolean {
  // An engagement check has the name of its metric, the truth that of the field behind it.
  const name = field === 'click_rate' ? 'click' : field
  // No field is written as an empty list.
  const isOf = (fields: readonly string[]): boolean => (name === null ? fields.length === 0 : fields.includes(name))
  return [...anyOf, ...alsoOk].some((each) => each.check === check && isOf(each.fields))
}
