import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { toCloudEvent } from '../../src/alert/cloud-event.ts'
import type { Config } from '../../src/config/shape.ts'
import type { SlotValue } from '../../src/decode/decoder.ts'
import { canonicalJson } from '../../src/ledger/canonical-json.ts'
import type { OpenPane } from '../../src/pane/open-pane.ts'
import { configOf, JudgeRun, normalOf, randomOf } from '../support/slices.ts'
import type { SliceOptions, TestEvent } from '../support/slices.ts'

const STREAM = {
  id: 'event_id',
  fields: [
    { name: 'price', kind: 'numeric', range: [0, 1000] },
    { name: 'plan', kind: 'categorical', values: ['free', 'pro'], required: true },
    { name: 'country', kind: 'categorical', role: 'segment' },
    { name: 'member', kind: 'boolean' },
    { name: 'clicked', kind: 'boolean' },
  ],
  engagement: [
    { name: 'click_rate', rate: { field: 'clicked', equals: true } },
    { name: 'revenue', ratio: { sum: 'price', per: 'events' } },
  ],
}
const CONFIG = configOf(STREAM)

/** One slice, in words: what comes, from how many, how strange. */
interface Weather {
  seed: number
  control: number
  candidate: number
  units: number
  price: 'normal' | 'equal' | 'null' | 'zero' | 'huge' | 'infinite' | 'text'
  names: number
  late: number
  lost: number
  shift: number
}

const weather: fc.Arbitrary<Weather> = fc.record({
  seed: fc.nat(),
  control: fc.constantFrom(0, 1, 30, 300),
  candidate: fc.constantFrom(0, 1, 10, 30, 300),
  units: fc.constantFrom(1, 3, 40, 2000),
  price: fc.constantFrom<Weather['price']>('normal', 'normal', 'equal', 'null', 'zero', 'huge', 'infinite', 'text'),
  names: fc.constantFrom(1, 3, 80),
  late: fc.constantFrom(0, 0, 5),
  lost: fc.constantFrom(0, 0, 0, 3),
  shift: fc.constantFrom(0, 0, 2),
})
/** A spell of one weather, so that windows see it long enough. */
const spells = fc.array(fc.tuple(weather, fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 5 })

function eventsOf({ seed, control, candidate, units, ...of }: Weather, T: number, isSwapped: boolean): TestEvent[] {
  const random = randomOf(seed + T)
  const normal = normalOf(random)
  const values = (shift: number): Record<string, SlotValue> => ({
    price: priceOf(of.price, 20 + shift + 5 * normal()),
    plan: random() < 0.95 ? 'free' : random() < 0.5 ? 'gold' : null,
    country: `c${Math.floor(random() * of.names)}`,
    member: random() < 0.3 ? true : random() < 0.5 ? false : null,
    clicked: random() < 0.1,
  })
  const make = (isCandidate: boolean, count: number): TestEvent[] =>
    Array.from({ length: count }, () => ({
      unit: `${isCandidate}${Math.floor(random() * units)}`,
      cohort: isCandidate !== isSwapped ? 'candidate' : 'control',
      values: values(isCandidate ? of.shift : 0),
    }))
  return [...make(false, control), ...make(true, candidate)]
}

function priceOf(kind: Weather['price'], normal: number): SlotValue {
  const prices = { normal, equal: 7, null: null, zero: 0, huge: normal * 1e300, infinite: Infinity, text: 'n/a' }
  return prices[kind]
}

function optionsOf({ late, lost }: Weather, isSwapped: boolean): SliceOptions {
  const [control, candidate] = isSwapped ? ([1, 0] as const) : ([0, 1] as const)
  const more = (pane: OpenPane, hash: (unit: string) => { first: number; second: number }): void => {
    const shape = { kind: 'shape', schemaId: 'json', fields: [], timeUnit: null } as const
    for (let at = 0; at < late; at++) {
      pane.late(candidate, hash(`late${at}`), shape)
      pane.reject('future-timestamp', 'ts', control, hash(`late${at}`), shape)
      pane.reject('undecodable', '', 3, null, null)
    }
  }
  return { more, partitions: [{ partition: 0, pane: 'sha256:pane', idle: false, lost }] }
}

function runOf(config: Config, all: readonly (readonly [Weather, number])[], isSwapped = false): JudgeRun {
  const run = new JudgeRun(config, { isReplay: true, isSealed: false })
  let T = 0
  for (const [each, slices] of all) {
    for (let at = 0; at < slices; at++) run.add(eventsOf(each, (T += 1), isSwapped), optionsOf(each, isSwapped))
  }
  return run
}

describe('whatever comes, the judge', () => {
  it('never publishes a number that is none, nor an empty reason', () => {
    fc.assert(
      fc.property(spells, (all) => {
        const run = runOf(CONFIG, all)
        // Canonical JSON refuses NaN and infinities.
        canonicalJson([run.judge.checks(), run.judge.alerts(), run.judge.verdict()])
        for (const notice of run.notices) toCloudEvent(notice, 'test')
        const said = [...run.judge.checks(), ...run.judge.alerts(), run.judge.verdict()]
        for (const { reason } of said) assert.match(reason, /\S{3}/)
        for (const { reason } of said) assert.doesNotMatch(reason, /NaN|Infinity|undefined/)
      }),
      { numRuns: 40 },
    )
  })

  it('gives the same bytes for the same slices', () => {
    fc.assert(
      fc.property(spells, (all) => {
        const [one, other] = [runOf(CONFIG, all), runOf(CONFIG, all)]
        const bytes = (run: JudgeRun) => run.notices.map((notice) => toCloudEvent(notice, 'test').value)
        assert.deepEqual(bytes(other), bytes(one))
        assert.equal(canonicalJson(other.judge.checks()), canonicalJson(one.judge.checks()))
      }),
      { numRuns: 8 },
    )
  })

  it('sees the same with the cohorts exchanged, the other way round', () => {
    fc.assert(
      fc.property(spells, (all) => {
        const [run, swapped] = [runOf(CONFIG, all), runOf(CONFIG, all, true)]
        const others = new Map(swapped.judge.checks().map((check) => [check.id, check]))
        for (const check of run.judge.checks()) {
          const other = others.get(check.id)!
          assert.deepEqual([other.n.candidate, other.n.control], [check.n.control, check.n.candidate], check.id)
          if (check.against === 'contract' || check.effect === null || check.effect.low === null) continue
          assert.equal(other.verdict, check.verdict, check.id)
          assert.ok(Math.abs(other.effect!.estimate + check.effect.estimate) < 1e-9, `${check.id}: ${check.reason}`)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('never fails a candidate of ten events', () => {
    fc.assert(
      fc.property(weather, weather, (busy, strange) => {
        const few = { ...strange, control: 300, candidate: 1, late: 0, lost: 0, units: 2000 }
        // As planned: against a plan of halves the missing candidates would be a finding.
        const planned = configOf({ ...STREAM, allocation: { control: 0.997, candidate: 0.003 } })
        const run = runOf(planned, [
          [{ ...busy, control: 300, candidate: 0, late: 0, lost: 0, price: 'normal' }, 10],
          [few, 10],
        ])
        const failed = run.judge.checks().filter(({ verdict, against }) => verdict === 'FAIL' && against === 'control')
        assert.deepEqual(
          failed.map(({ reason }) => reason),
          [],
        )
      }),
      { numRuns: 10 },
    )
  })
})
