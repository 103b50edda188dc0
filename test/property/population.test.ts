import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { toCloudEvent } from '../../src/alert/cloud-event.ts'
import { canonicalJson } from '../../src/ledger/canonical-json.ts'
import { PopulationRun, populationConfig, slicesIn } from '../support/population.ts'
import { randomOf } from '../support/slices.ts'

/** A spell of so many slices: who comes, of how many, how mixed, and what of it we hear. */
interface Spell {
  seed: number
  slices: number
  control: number
  candidate: number
  units: number
  mixed: number
  isDeaf: boolean
}

const spell: fc.Arbitrary<Spell> = fc.record({
  seed: fc.nat(),
  slices: fc.integer({ min: 1, max: 20 }),
  control: fc.constantFrom(0, 1, 40, 250),
  candidate: fc.constantFrom(0, 1, 40, 250),
  units: fc.constantFrom(1, 30, 1000, 1_000_000),
  mixed: fc.constantFrom(0, 0, 0.02, 1),
  isDeaf: fc.constantFrom(false, false, false, true),
})
const spells = fc.array(spell, { minLength: 1, maxLength: 5 })

const EVEN = { control: 0.5, candidate: 0.5 }
const plans = fc.constantFrom<unknown>(null, EVEN, { control: 0.9, candidate: 0.1 }, [
  { from: slicesIn(3.5), control: 0.9, candidate: 0.1 },
  { from: slicesIn(12), control: 0.5, candidate: 0.25 },
])

function runOf(allocation: unknown, all: readonly Spell[], isSwapped = false): PopulationRun {
  const run = new PopulationRun(populationConfig({ allocation }), true)
  for (const { seed, slices, control, candidate, units, mixed, isDeaf } of all) {
    const random = randomOf(seed)
    const unitsOf = (own: string, others: string, count: number): string[] =>
      Array.from({ length: count }, () => `${random() < mixed ? others : own}${Math.floor(random() * units)}`)
    for (let at = 0; at < slices; at++) {
      const [ofControl, ofCandidate] = [unitsOf('a', 'b', control), unitsOf('b', 'a', candidate)]
      if (isSwapped) run.add(ofCandidate, ofControl, { isDeaf })
      else run.add(ofControl, ofCandidate, { isDeaf })
    }
  }
  return run
}

describe('whoever comes, the checks of the population', () => {
  it('publish no number that is none, no empty reason, and no count below zero', () => {
    fc.assert(
      fc.property(plans, spells, (plan, all) => {
        const { run } = runOf(plan, all)
        // Canonical JSON refuses NaN and infinities.
        canonicalJson([run.judge.checks(), run.judge.alerts(), run.judge.verdict(), run.judge.watched()])
        for (const notice of run.notices) toCloudEvent(notice, 'test')
        for (const { reason, n, effect } of [...run.judge.checks(), ...run.judge.alerts()]) {
          assert.doesNotMatch(reason, /NaN|Infinity|undefined|\bnull\b|-0\.0 /)
          assert.match(reason, /\S{3}/)
          assert.ok(Number.isInteger(n.control) && n.control >= 0 && Number.isInteger(n.candidate) && n.candidate >= 0)
          if (effect !== null && effect.low !== null) {
            assert.ok(effect.low <= effect.estimate && effect.estimate <= effect.high!, canonicalJson(effect))
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('give the same bytes for the same slices', () => {
    fc.assert(
      fc.property(plans, spells, (plan, all) => {
        const [one, other] = [runOf(plan, all).run, runOf(plan, all).run]
        const bytes = ({ notices }: typeof one) => notices.map((notice) => toCloudEvent(notice, 'test').value)
        assert.deepEqual(bytes(other), bytes(one))
        assert.equal(canonicalJson(other.judge.checks()), canonicalJson(one.judge.checks()))
      }),
      { numRuns: 10 },
    )
  })

  it('see the same with the cohorts exchanged, the other way round', () => {
    fc.assert(
      fc.property(spells, (all) => {
        const [{ run }, { run: swapped }] = [runOf(EVEN, all), runOf(EVEN, all, true)]
        const others = new Map(swapped.judge.checks().map((check) => [check.id, check]))
        for (const check of run.judge.checks()) {
          if (check.against === 'contract') continue
          const other = others.get(check.id)!
          assert.equal(other.verdict, check.verdict, check.id)
          assert.deepEqual([other.n.candidate, other.n.control], [check.n.control, check.n.candidate], check.id)
          if (check.effect === null) continue
          // Units in both cohorts have no side.
          const mirrored = check.check === 'cross-cohort' ? check.effect.estimate : -check.effect.estimate
          assert.ok(Math.abs(other.effect!.estimate - mirrored) < 1e-9, `${check.id}: ${check.reason}`)
        }
        const fired = ({ notices }: typeof run) => notices.map(({ alert, sliceEndMs }) => [alert.check, sliceEndMs])
        assert.deepEqual(fired(swapped), fired(run))
      }),
      { numRuns: 25 },
    )
  })

  it('never pass where a cohort has not come, nor while it is silent', () => {
    fc.assert(
      fc.property(plans, spells, fc.boolean(), (plan, all, isSilent) => {
        const busy = { seed: 1, slices: 15, control: 250, candidate: 250, units: 1000, mixed: 0, isDeaf: false }
        const alone = all.map((each) => ({ ...each, candidate: 0, mixed: 0, isDeaf: false }))
        const quiet = { ...busy, slices: 3, candidate: 0 }
        const { run } = runOf(plan, isSilent ? [busy, quiet, ...alone] : alone)
        for (const { check, verdict, reason } of run.judge.checks()) {
          if (['sample-ratio', 'cross-cohort', 'volume'].includes(check)) assert.notEqual(verdict, 'PASS', reason)
        }
      }),
      { numRuns: 25 },
    )
  })
})
