import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toCloudEvent } from '../../src/alert/cloud-event.ts'
import type { AlertNotice } from '../../src/alert/notice.ts'
import { createJudge } from '../../src/judge.ts'
import type { CellsFrozen } from '../../src/ledger/record.ts'
import { utc } from '../../src/verdict/figures.ts'
import type { SealedSlice } from '../../src/slice/slice.ts'
import { configOf, JudgeRun, randomOf, SliceMaker, START_MS } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'

const CONFIG = configOf({
  fields: [
    { name: 'price', kind: 'numeric' },
    { name: 'size', kind: 'numeric' },
    { name: 'country', kind: 'categorical' },
  ],
})

/** `count` events of each cohort; what the candidate's differ by. */
function events(seed: number, count: number, by: { price?: number; isNull?: number } = {}): TestEvent[] {
  const random = randomOf(seed)
  return (['control', 'candidate'] as const).flatMap((cohort) =>
    Array.from({ length: count }, () => {
      const isCandidate = cohort === 'candidate'
      const price =
        random() < (isCandidate ? (by.isNull ?? 0) : 0) ? null : random() + (isCandidate ? (by.price ?? 0) : 0)
      const country = ['de', 'fr', 'it'][Math.floor(random() * 3)]
      const unit = `${cohort}${Math.floor(random() * 1000)}`
      return { unit, cohort, values: { price, size: price, country } }
    }),
  )
}

interface Made {
  sealed: SealedSlice
  due: CellsFrozen[]
}

function made(slices: readonly TestEvent[][]): Made[] {
  const maker = new SliceMaker(CONFIG)
  return slices.map((each) => maker.next(each))
}

const bytesOf = (notices: readonly AlertNotice[]): string[] => notices.map((notice) => toCloudEvent(notice, 'x').value)

/** Three slices whose last one causes the cut, then three more. The candidate is off from the start. */
const OFF = [1, 2, 3, 4, 5, 6].map((seed) => events(seed, 400, { price: 0.3 }))

describe('the judge', () => {
  it('gives the same notices whether a record comes at once, early or after somebody asked', () => {
    const slices = made(OFF)
    const atOnce = createJudge(CONFIG, CONFIG.streams)
    const early = createJudge(CONFIG, CONFIG.streams)
    const asked = createJudge(CONFIG, CONFIG.streams)
    for (const { due } of slices) for (const body of due) early.addLedger(body)
    const told: AlertNotice[][] = [[], [], []]
    for (const { sealed, due } of slices) {
      told[0]!.push(...atOnce.addSlice(sealed).notices)
      for (const body of due) atOnce.addLedger(body)
      told[1]!.push(...early.addSlice(sealed).notices)
      told[2]!.push(...asked.addSlice(sealed).notices)
      for (const body of due) {
        asked.verdict()
        asked.addLedger(body)
        asked.alerts()
      }
    }
    assert.ok(told[0]!.length >= 2)
    assert.deepEqual(bytesOf(told[1]!), bytesOf(told[0]!))
    assert.deepEqual(bytesOf(told[2]!), bytesOf(told[0]!))
    assert.deepEqual(asked.checks(), atOnce.checks())
  })

  it('judges the slice that caused a cut as of that slice, even if none follows', () => {
    const run = new JudgeRun(CONFIG)
    for (const each of OFF.slice(0, 3)) run.add(each)
    const alerts = run.judge.alerts()
    assert.deepEqual(
      alerts.map(({ check, field }) => `${check} ${field}`),
      ['numeric price', 'numeric size'],
    )
    assert.ok(alerts.every(({ firedAtMs }) => firedAtMs === START_MS + 3 * 300_000))
    assert.equal(run.judge.verdict().verdict, 'FAIL')
    // The notices go out with the next step, dated as of the slice that they are about.
    const notices = run.add(OFF[3]!)
    assert.ok(notices.every(({ sliceEndMs, slices }) => sliceEndMs === START_MS + 3 * 300_000 && slices.count === 3))
    assert.equal(notices.length, 2)
  })

  it('lets alerts that start in the same slice name each other', () => {
    const run = new JudgeRun(CONFIG)
    for (const each of OFF.slice(0, 4)) run.add(each)
    const [price, size] = run.judge.alerts()
    assert.match(price!.reason, /also from this slice: numeric size$/)
    assert.match(size!.reason, /also from this slice: numeric price$/)
  })

  it('judges exactly one day on the cells of that day: the second cut holds from the next slice on', () => {
    // Two-hour slices: a day is twelve of them.
    const config = configOf({ fields: [{ name: 'price', kind: 'numeric' }] }, {}, { length: '2h' })
    const run = new JudgeRun(config)
    const price = () => run.judge.checks().find(({ id }) => id === 'shop/numeric/price')!
    for (let T = 1; T <= 12; T++) run.add(events(T, 2000))
    assert.deepEqual([price().verdict, price().n], ['PASS', { control: 24_000, candidate: 24_000 }])
    run.add(events(13, 20))
    assert.deepEqual(price().n, { control: 20, candidate: 20 })
    assert.match(price().reason, /too little data: 20 of at least 100 values of the control/)
  })

  it('turns to hash bins with the very slice whose names were too many', () => {
    const config = configOf({ fields: [{ name: 'country', kind: 'categorical' }] })
    const run = new JudgeRun(config)
    const named = (T: number, names: number): TestEvent[] =>
      events(T, 500).map((event, at) => ({ ...event, values: { country: `c${at % names}` } }))
    const country = () => run.judge.checks().find(({ id }) => id === 'shop/categorical/country')!
    for (let T = 1; T <= 5; T++) run.add(named(T, 3))
    assert.deepEqual(country().n, { control: 2500, candidate: 2500 })
    run.add(named(6, 80))
    assert.deepEqual(country().n, { control: 500, candidate: 500 })
    run.add(named(7, 80))
    assert.deepEqual(country().n, { control: 1000, candidate: 1000 })
    assert.match(country().reason, /in hash bin \d+ \("c\d+"/)
  })

  it('uses the first of two records of the same cut', () => {
    const slices = made(OFF)
    const once = createJudge(CONFIG, CONFIG.streams)
    const twice = createJudge(CONFIG, CONFIG.streams)
    for (const { sealed, due } of slices) {
      once.addSlice(sealed)
      twice.addSlice(sealed)
      for (const body of due) {
        once.addLedger(body)
        twice.addLedger(body)
        twice.addLedger(body)
      }
    }
    assert.deepEqual(twice.checks(), once.checks())
  })

  it('goes on from a log whose first slices are gone: windows begin with the first that is left', () => {
    const slices = made(OFF)
    const judge = createJudge(CONFIG, CONFIG.streams)
    for (const { due } of slices.slice(0, 4)) for (const body of due) judge.addLedger(body)
    for (const { sealed } of slices.slice(4)) judge.addSlice(sealed)
    const price = judge.checks().find(({ id }) => id === 'shop/numeric/price')!
    assert.deepEqual(price.n, { control: 800, candidate: 800 })
    assert.equal(price.verdict, 'FAIL')
  })

  it('ends in ERROR when its input failed, whatever it found', () => {
    const run = new JudgeRun(CONFIG)
    for (const each of OFF) run.add(each)
    run.judge.inputFailed('events.avro is cut off in block 7')
    assert.deepEqual(run.judge.verdict(), {
      verdict: 'ERROR',
      reason: 'the input failed: events.avro is cut off in block 7',
    })
    assert.ok(run.judge.checks().every(({ verdict }) => verdict === 'ERROR'))
  })

  it('stops at a slice out of order: two folds of one stream must never mix', () => {
    const [first, , third] = made(OFF)
    const judge = createJudge(CONFIG, CONFIG.streams)
    judge.addSlice(first!.sealed)
    assert.throws(() => judge.addSlice(third!.sealed), /out of order/)
  })

  it('resolves what still fires when its era ends, and says that nobody judges it any further', () => {
    const run = new JudgeRun(CONFIG)
    assert.deepEqual(run.judge.end(), [])
    for (const each of OFF) run.add(each)
    const firing = run.judge.alerts().filter(({ state }) => state === 'firing')
    const ended = run.judge.end()
    assert.deepEqual(ended.map(({ type, alert }) => `${type} ${alert.id}`), firing.map(({ id }) => `resolved ${id}`)) // prettier-ignore
    assert.ok(ended.length > 0)
    const { sliceEndMs } = ended[0]!
    for (const { alert: { reason } } of ended)
      assert.ok(reason.endsWith(`; not judged any further: its panes are configured anew from ${utc(sliceEndMs)} on`), reason) // prettier-ignore
    assert.deepEqual(run.judge.end(), [])
  })

  it('answers before the first slice: every check says that nobody has come', () => {
    const judge = createJudge(CONFIG, CONFIG.streams)
    assert.equal(judge.verdict().verdict, 'INSUFFICIENT')
    assert.ok(judge.checks().every(({ verdict, reason }) => verdict === 'INSUFFICIENT' && reason !== ''))
  })

  it('gives every field without cells the number of values that are missing', () => {
    const run = new JudgeRun(CONFIG)
    run.add(events(1, 400))
    const reason = run.judge.checks().find(({ id }) => id === 'shop/numeric/price')!.reason
    assert.equal(reason, 'numeric price: no cells yet: 800 of at least 2,000 values, from 1 of at least 3 slices')
  })

  it('makes ids of names and slices alone: another stream of slices with the same fault has the same ids', () => {
    const idsOf = (shift: number): string[] => {
      const run = new JudgeRun(CONFIG)
      for (let T = 1; T <= 6; T++) run.add(events(T + shift, 400, { price: 0.3 }))
      return run.notices.map(({ id, fingerprint }) => `${id} ${fingerprint}`)
    }
    assert.deepEqual(idsOf(0), idsOf(100))
    assert.equal(new Set(idsOf(0)).size, idsOf(0).length)
  })
})
