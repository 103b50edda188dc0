import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SlotValue } from '../../src/decode/decoder.ts'
import { createJudge } from '../../src/judge.ts'
import type { OpenPane } from '../../src/pane/open-pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import { Budget } from '../../src/verdict/budget.ts'
import type { CheckContext } from '../../src/verdict/checks/context.ts'
import { ContractWatch } from '../../src/verdict/checks/contract-watch.ts'
import type { RateCheck } from '../../src/verdict/checks/rate-check.ts'
import { ratesOf } from '../../src/verdict/checks/rate-check.ts'
import {
  booleanCheck,
  booleanSegmentCheck,
  duplicatesCheck,
  engagementCheck,
  latenessCheck,
  missingCheck,
  rangeCheck,
} from '../../src/verdict/checks/rates.ts'
import type { Question } from '../../src/verdict/question.ts'
import { configOf, SliceMaker } from '../support/slices.ts'
import type { SliceOptions, TestEvent } from '../support/slices.ts'

const CONFIG = configOf({
  id: 'event_id',
  fields: [
    { name: 'price', kind: 'numeric', range: [0, 10] },
    { name: 'member', kind: 'boolean' },
  ],
  engagement: [
    { name: 'members', rate: { field: 'member', equals: true } },
    { name: 'revenue', ratio: { sum: 'price', per: 'events' } },
  ],
})
const SHAPE = { kind: 'shape', schemaId: 'json', fields: [], timeUnit: null } as const

function contextOf(): CheckContext {
  const [stream] = CONFIG.streams
  const plan = planStream(stream!, CONFIG)
  const plans = new Map([[stream!.name, plan]])
  return { config: CONFIG, stream: stream!, plan, plans, budget: new Budget(CONFIG), begin: 0 }
}

/** One slice: the control's events, the candidate's, and what else came. */
function sliceOf(
  control: Record<string, SlotValue>[],
  candidate: Record<string, SlotValue>[],
  more?: SliceOptions['more'],
) {
  const of = (cohort: TestEvent['cohort'], all: Record<string, SlotValue>[]): TestEvent[] =>
    all.map((values, at) => ({ unit: `${cohort}${at}`, cohort, values }))
  const events = [...of('control', control), ...of('candidate', candidate)]
  return new SliceMaker(CONFIG).next(events, more === undefined ? {} : { more }).sealed.slice
}

function shareOf(check: RateCheck, slice: ReturnType<typeof sliceOf>): [control: string, candidate: string] {
  check.add(slice)
  const term = check.comparisons[0]!.sums.whole.sums
  const { control, candidate } = ratesOf(term)
  const events = term.events.map((each) => each.reduce((sum, count) => sum + count, 0))
  return [`${control * events[0]!}/${events[0]!}`, `${candidate * events[1]!}/${events[1]!}`]
}

describe('a rate counts', () => {
  const prices = [{ price: 1 }, { price: 11 }, { price: Infinity }, { price: NaN }, { price: null }, {}, { price: 'x' }]
  const plain = times(7, { price: 1, member: true })

  it('missing: null, absent and NaN, of accepted records', () => {
    assert.deepEqual(shareOf(missingCheck(contextOf(), 0), sliceOf(plain, prices)), ['0/7', '3/7'])
  })

  it('range: outside the limits or infinite, of values that are numbers', () => {
    assert.deepEqual(shareOf(rangeCheck(contextOf(), 0), sliceOf(plain, prices)), ['0/7', '2/3'])
  })

  it('boolean: true, of values that are there', () => {
    const members = [{ member: true }, { member: false }, { member: null }, {}, { member: 1 }]
    assert.deepEqual(shareOf(booleanCheck(contextOf(), 1), sliceOf(plain, members)), ['7/7', '1/2'])
  })

  it('boolean of role segment: the same, with the weight of one of its two cells', () => {
    const check = booleanSegmentCheck(contextOf(), 1)
    assert.deepEqual(shareOf(check, sliceOf(plain, [{ member: true }, { member: false }, {}])), ['7/7', '1/2'])
    const [{ weight, effect, zRequired }] = check.comparisons[0]!.questions as [Question]
    assert.deepEqual([weight, effect], [0.5, 'share'])
    assert.deepEqual(zRequired, new Budget(CONFIG).zRequired('population', 0.5))
  })

  it('engagement: events that equal, of accepted records; sums of money, null as nothing', () => {
    const members = [{ member: true, price: 2 }, { member: false, price: 4 }, { member: null, price: null }, {}]
    const [rate, revenue] = contextOf().stream.engagement
    assert.deepEqual(shareOf(engagementCheck(contextOf(), rate!), sliceOf(plain, members)), ['7/7', '1/4'])
    assert.deepEqual(shareOf(engagementCheck(contextOf(), revenue!), sliceOf(plain, members)), ['7/7', '6/4'])
  })

  const more = (pane: OpenPane, hash: (unit: string) => { first: number; second: number }): void => {
    pane.accept(1, hash('again'), SHAPE, [], true)
    pane.late(1, hash('late'), SHAPE)
    pane.late(1, hash('later'), SHAPE)
    pane.reject('future-timestamp', 'ts', 1, hash('wrong'), SHAPE)
  }

  it('duplicates: repeats, of all records of a cohort, the repeats included', () => {
    assert.deepEqual(shareOf(duplicatesCheck(contextOf()), sliceOf(plain, plain, more)), ['0/7', '1/11'])
  })

  it('lateness: late, of accepted and late; a repeat is neither', () => {
    assert.deepEqual(shareOf(latenessCheck(contextOf()), sliceOf(plain, plain, more)), ['0/7', '2/9'])
  })
})

describe('schema against the contract', () => {
  const look = { isFiring: false, mark: 0, firedNumber: 0, firedKey: '', calmKey: '' }

  /** Four slices of 500 good records a cohort and what `more` adds. */
  function watch(more: SliceOptions['more']): ContractWatch {
    const check = new ContractWatch(contextOf())
    const maker = new SliceMaker(CONFIG)
    for (let T = 1; T <= 4; T++) {
      const events = times(1000, 0).map((_, at): TestEvent => ({
        ...{ unit: `u${at}`, cohort: at % 2 === 0 ? 'control' : 'candidate', values: { price: 1, member: true } },
      }))
      check.add(maker.next(events, more === undefined ? {} : { more }).sealed.slice)
    }
    return check
  }

  it('fires on records that nobody could read, each a bucket of its own', () => {
    const { drift } = watch((pane) => times(10, 0).forEach(() => pane.reject('undecodable', '', 3, null, null))).look(
      4,
      look,
    )
    assert.equal(drift!.direction, 'up')
    assert.match(drift!.told, /\d+ violations in [\d,]+ records \(.*\), most often undecodable$/)
  })

  it('does not fire on what one unit sends, however often', () => {
    const one: SliceOptions['more'] = (pane, hash) =>
      times(30, 0).forEach(() => pane.reject('future-timestamp', 'ts', 1, hash('one'), SHAPE))
    assert.equal(watch(one).look(4, look).drift, null)
    const many: SliceOptions['more'] = (pane, hash) =>
      times(30, 0).forEach((_, at) => pane.reject('future-timestamp', 'ts', 1, hash(`unit${at}`), SHAPE))
    assert.match(watch(many).look(4, look).drift!.told, /most often future-timestamp in ts/)
  })

  it('knows the buckets of units whose cohort is another', () => {
    const other: SliceOptions['more'] = (pane, hash) =>
      times(30, 0).forEach((_, at) => pane.reject('bad-timestamp', 'ts', 2, hash(`unit${at}`), SHAPE))
    assert.notEqual(watch(other).look(4, look).drift, null)
  })

  it('passes a thousand clean records, and not fewer', () => {
    assert.equal(watch(undefined).conclude().verdict, 'PASS')
    const few = new ContractWatch(contextOf())
    few.add(sliceOf(times(400, { price: 1 }), times(400, { price: 1 })))
    assert.equal(few.conclude().reason, 'too little data: 800 of at least 1,000 records')
  })

  it('resolves after an hour without, and twelve slices more', () => {
    const maker = new SliceMaker(CONFIG)
    const judge = createJudge(CONFIG, CONFIG.streams)
    const told: string[] = []
    for (let T = 1; T <= 40; T++) {
      const events = times(600, 0).map((_, at): TestEvent => ({
        ...{ unit: `u${at}`, cohort: at % 2 === 0 ? 'control' : 'candidate', values: { price: 1, member: true } },
      }))
      const bad: SliceOptions['more'] = (pane) =>
        times(40, 0).forEach(() => pane.reject('undecodable', '', 3, null, null))
      const { sealed, due } = maker.next(events, T <= 5 ? { more: bad } : {})
      for (const { type, alert } of judge.addSlice(sealed).notices)
        told.push(`${T} ${type} ${alert.check}@${alert.against}`)
      for (const body of due) judge.addLedger(body)
    }
    // After an hour the rate that was told is no longer in the interval. The last bad slice is 5; it leaves the hour with slice 17; twelve slices of calm end with 28.
    assert.deepEqual(told, ['3 firing schema@contract', '15 updated schema@contract', '28 resolved schema@contract'])
  })
})

function times<T>(count: number, each: T): T[] {
  return Array.from({ length: count }, () => each)
}
