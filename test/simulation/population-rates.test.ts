import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Config } from '../../src/config/shape.ts'
import type { CheckName } from '../../src/verdict/check.ts'
import { PopulationRun, populationConfig } from '../support/population.ts'
import { randomOf } from '../support/slices.ts'

/**
 * Who comes, drawn anew: new units fall into the candidate by chance, as planned or not; some come back, the busy ones (Pareto)
 * far more often; two in a thousand return visits are made in the other cohort, which is just what is tolerated. Eight hours a
 * run. Small and seeded: it notices breakage, it does not measure rates.
 */
const SLICES = 96
const RUNS = 30
const CHECKS: readonly CheckName[] = ['sample-ratio', 'volume', 'cross-cohort']

interface World {
  seed: number
  /** Planned for the candidate. */
  planned: number
  /** As it comes, from half time on. */
  actual: number
  newUnits: number
  visits: number
  switching: number
}

interface Person {
  unit: string
  isCandidate: boolean
}

/** Slices at which each check fired. */
function live({ seed, planned, actual, newUnits, visits, switching }: World, config: Config): Record<string, number[]> {
  const run = new PopulationRun(config)
  const random = randomOf(seed)
  /** A unit stands here once for every visit that it is worth. */
  const regulars: Person[] = []
  const fired: Record<string, number[]> = Object.fromEntries(CHECKS.map((check) => [check, []]))
  for (let T = 1; T <= SLICES; T++) {
    const share = T > SLICES / 2 ? actual : planned
    const came: Person[] = run.news(newUnits).map((unit) => ({ unit, isCandidate: random() < share }))
    const back: Person[] = Array.from({ length: regulars.length === 0 ? 0 : visits }, () => {
      const { unit, isCandidate } = regulars[Math.floor(random() * regulars.length)]!
      return { unit, isCandidate: random() < switching ? !isCandidate : isCandidate }
    })
    for (const person of came) {
      const weight = Math.min(100, Math.floor((1 - random()) ** (-1 / 1.2)))
      for (let each = 0; each < weight; each++) regulars.push(person)
    }
    const unitsOf = (side: boolean): string[] =>
      [...came, ...back].filter(({ isCandidate }) => isCandidate === side).map(({ unit }) => unit)
    for (const { type, alert } of run.add(unitsOf(false), unitsOf(true))) {
      if (type === 'firing') fired[alert.check]?.push(T)
    }
  }
  return fired
}

const planOf = (candidate: number): Record<string, unknown> => ({ allocation: { control: 1 - candidate, candidate } })

/** So loose that each check may alarm in one run of five, and every effect counts, however small. */
function looseConfig(planned: number): Config {
  const config = populationConfig(planOf(planned), { horizon: '8h' })
  const effectMin = Object.fromEntries(Object.keys(config.policy.effectMin).map((name) => [name, 0]))
  const falseAlarmBudget = (0.2 * CHECKS.length) / config.policy.shares.population
  return {
    ...config,
    policy: { ...config.policy, falseAlarmBudget, effectMin: effectMin as Config['policy']['effectMin'] },
  }
}

describe('the population over whole runs', () => {
  for (const planned of [0.5, 0.1]) {
    it(`stays within a loose budget where ${100 * planned} % are planned and come`, () => {
      const config = looseConfig(planned)
      const world = { planned, actual: planned, newUnits: 60, visits: 60, switching: 0.002 }
      const alarms: Record<string, number> = Object.fromEntries(CHECKS.map((check) => [check, 0]))
      for (let seed = 1; seed <= RUNS; seed++) {
        const fired = live({ ...world, seed }, config)
        for (const check of CHECKS) if (fired[check]!.length > 0) alarms[check]!++
      }
      for (const check of CHECKS) {
        assert.ok(alarms[check]! <= 0.2 * RUNS, `${check}: ${alarms[check]} of ${RUNS} runs, seeds 1 to ${RUNS}`)
      }
    })
  }

  it('raises nothing at the product’s own budget', () => {
    for (const planned of [0.5, 0.1]) {
      const world = { planned, actual: planned, newUnits: 100, visits: 100, switching: 0.001 }
      const fired = live({ ...world, seed: 41 }, populationConfig(planOf(planned)))
      assert.deepEqual(Object.values(fired).flat(), [])
    }
  })

  it('finds 48/52 where 50/50 was planned, by units, after the fault began', () => {
    const world = { planned: 0.5, actual: 0.48, newUnits: 1000, visits: 0, switching: 0 }
    const delays = [51, 52, 53].map((seed) => {
      const [first = Infinity, ...more] = live({ ...world, seed }, populationConfig(planOf(0.5)))['sample-ratio']!
      assert.equal(more.length, 0)
      return first - SLICES / 2
    })
    // 1,000 units a slice: z = 0.04·√N, which passes 5 after 16 slices; the mixture costs some more.
    const [, median] = delays.toSorted((one, other) => one - other)
    assert.ok(delays.every((delay) => delay > 0 && delay <= 48) && median! <= 24, `in slices: ${delays.join(' ')}`)
  })

  it('finds a candidate that sends a third less, by records, and one that mixes with the control, by switchers', () => {
    const less = live(
      { seed: 61, planned: 0.5, actual: 0.4, newUnits: 400, visits: 100, switching: 0 },
      populationConfig(planOf(0.5)),
    )
    assert.ok(less['volume']![0]! > SLICES / 2 && less['volume']![0]! <= SLICES / 2 + 12, `${less['volume']}`)
    const mixed = live(
      { seed: 62, planned: 0.5, actual: 0.5, newUnits: 60, visits: 100, switching: 0.02 },
      populationConfig(planOf(0.5)),
    )
    assert.equal(mixed['cross-cohort']!.length > 0, true)
    assert.deepEqual([mixed['sample-ratio'], mixed['volume']], [[], []])
  })
})
