import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import type { Config } from '../../src/config/shape.ts'
import { digestOf } from '../../src/ledger/digest.ts'
import { buildReport } from '../../src/verdict/report.ts'
import type { Report } from '../../src/verdict/report.ts'
import { StreamTotals } from '../../src/view/stream-totals.ts'
import { configOf, JudgeRun, randomOf, SliceMaker } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'

const CONFIG = configOf({
  id: 'event_id',
  fields: [
    { name: 'price', kind: 'numeric' },
    { name: 'country', kind: 'categorical' },
    { name: 'clicked', kind: 'boolean' },
    { name: 'never', kind: 'numeric' },
  ],
  engagement: [{ name: 'click_rate', rate: { field: 'clicked', equals: true } }],
})

function events(random: () => number, isNull: number): TestEvent[] {
  return Array.from({ length: 600 }, (_, at) => {
    const cohort = at % 2 === 0 ? 'control' : 'candidate'
    const price = cohort === 'candidate' && random() < isNull ? null : random()
    const unit = `${cohort}${Math.floor(random() * 500)}`
    return { unit, cohort, values: { price, country: random() < 0.5 ? 'de' : 'fr', clicked: random() < 0.1 } }
  })
}

function reportOf(slices: number, inputFailure: string | null = null): Report {
  const random = randomOf(3)
  const run = new JudgeRun(CONFIG, { isReplay: true })
  const maker = new SliceMaker(CONFIG)
  const totals = new StreamTotals(CONFIG.streams[0]!)
  for (let T = 1; T <= slices; T++) {
    const each = events(random, T > 4 ? 0.2 : 0)
    run.add(each)
    totals.add(maker.next(each).sealed.slice)
  }
  if (inputFailure !== null) run.judge.inputFailed(inputFailure)
  const parts = { config: CONFIG, codeVersion: '0.1.0', streams: [totals.facts()], judges: [run.judge], inputFailure }
  return buildReport(parts)
}

describe('the report', () => {
  const validate = new Ajv({ strict: false }).compile(
    JSON.parse(readFileSync(new URL('../../schemas/report.schema.json', import.meta.url), 'utf8')) as object,
  )

  it('keeps to its schema: with alerts, of nothing, of a failed input', () => {
    for (const report of [reportOf(8), reportOf(0), reportOf(2, 'the file is cut off')]) {
      assert.ok(validate(JSON.parse(JSON.stringify(report))), JSON.stringify(validate.errors))
    }
    assert.equal(validate({ ...reportOf(0), verdict: 'MAYBE' }), false)
  })

  it('says FAIL with the reason of the check that failed', () => {
    const report = reportOf(8)
    const check = report.checks.find(({ id }) => id === 'shop/missing/price')!
    const [alert] = report.alerts
    assert.equal(report.verdict, 'FAIL')
    assert.equal(check.verdict, 'FAIL')
    assert.equal(report.reason, alert!.reason)
    assert.deepEqual([check.effect, check.evidence, check.reason], [alert!.effect, alert!.evidence, alert!.reason])
    assert.match(report.reason, /^missing price: \d+\.\d % of candidate values are missing against 0\.0 % of control/)
  })

  it('counts every event once, and has the figures of every field', () => {
    const [stream] = reportOf(8).streams
    const { read, accepted, rejected, late, synthetic } = stream!.events
    assert.equal(read, accepted + rejected + late + synthetic)
    assert.equal(accepted, 4800)
    assert.equal(stream!.cohorts.control.events + stream!.cohorts.candidate.events, 4800)
    const [price, country, clicked, never] = stream!.fields
    assert.deepEqual(Object.keys(price!.control.quantiles!), ['0.5', '0.9', '0.99'])
    assert.deepEqual(Object.keys(country!.control), ['count', 'missing'])
    assert.ok(Math.abs(clicked!.control.trues! - 0.1) < 0.03)
    assert.deepEqual(never!.control, { count: 2400, missing: 2400, min: null, max: null, mean: null, quantiles: null })
  })

  it('has the digest of its canonical form without the digest, and of the policy', () => {
    const { digest, ...body } = reportOf(8)
    assert.equal(digest, digestOf(body))
    assert.equal(body.policyDigest, digestOf(CONFIG.policy))
    assert.equal(reportOf(8).digest, digest)
    assert.notEqual(reportOf(7).digest, digest)
  })

  it('leaves out checks that a configuration has no room for: absent, never passed', () => {
    const namesOf = (config: Config): Set<string> =>
      new Set(new JudgeRun(config).judge.checks().map(({ check }) => check))
    const bare = namesOf(configOf({ allocation: undefined, unit: undefined }))
    assert.ok(!bare.has('sample-ratio') && !bare.has('cross-cohort') && !bare.has('duplicates') && bare.has('volume'))
    const full = namesOf(CONFIG)
    assert.ok(full.has('sample-ratio') && full.has('cross-cohort') && full.has('duplicates') && full.has('volume'))
  })
})
