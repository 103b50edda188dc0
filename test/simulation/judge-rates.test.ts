import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Config } from '../../src/config/shape.ts'
import { configOf, JudgeRun, normalOf, randomOf } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'

/**
 * Are the statistics right? Feature-days as in the law's own bench: 287 slices of 500 events per cohort (250 where nothing is wrong), with a season; iid, and
 * clustered (5 events per unit and slice, ICC 0.3). Small and seeded: a large bench measures rates, this one notices breakage.
 */
const SLICES = 287
const FIELDS = 10

interface Day {
  seed: number
  eventsPerUnit: 1 | 5
  /** Per slice and cohort. */
  count: number
  /** In standard deviations, of the candidate's second half. */
  shift: number
}

function dayOf({ seed, eventsPerUnit, count, shift }: Day, config: Config): { firedAt: number[]; run: JudgeRun } {
  const run = new JudgeRun(config, { isSealed: false })
  const random = randomOf(seed)
  const normal = normalOf(random)
  const shared = eventsPerUnit === 1 ? 0 : 0.3
  const firedAt: number[] = []
  let unit = 0
  for (let T = 1; T <= SLICES; T++) {
    const season = 0.5 * Math.sin((2 * Math.PI * T) / 288)
    const events: TestEvent[] = []
    for (const cohort of ['control', 'candidate'] as const) {
      const moved = cohort === 'candidate' && T > SLICES / 2 ? shift : 0
      for (let at = 0; at < count / eventsPerUnit; at++) {
        unit++
        const effects = Array.from({ length: FIELDS }, normal)
        for (let each = 0; each < eventsPerUnit; each++) {
          const values: Record<string, number> = {}
          for (let field = 0; field < FIELDS; field++) {
            const noise = Math.sqrt(shared) * effects[field]! + Math.sqrt(1 - shared) * normal()
            values[`f${field}`] = noise + season + moved
          }
          events.push({ unit: `u${unit}`, cohort, values })
        }
      }
    }
    for (const { type, alert } of run.add(events)) {
      if (type === 'firing' && alert.check === 'numeric') firedAt.push(T)
    }
  }
  return { firedAt, run }
}

const PLAIN = configOf({ fields: Array.from({ length: FIELDS }, (_, at) => ({ name: `f${at}`, kind: 'numeric' })) })

/** So loose that one feature-day in five may alarm, and every effect counts, however small. */
function looseConfig(): Config {
  const policy = {
    ...PLAIN.policy,
    horizonMs: 86_400_000,
    falseAlarmBudget: (0.2 * FIELDS) / PLAIN.policy.shares.features,
  }
  const effectMin = Object.fromEntries(Object.keys(policy.effectMin).map((name) => [name, 0]))
  return { ...PLAIN, policy: { ...policy, effectMin: effectMin as Config['policy']['effectMin'] } }
}

describe('the judge over whole days', () => {
  for (const eventsPerUnit of [1, 5] as const) {
    const kind = eventsPerUnit === 1 ? 'independent events' : 'events in clusters'
    it(`stays within a loose budget on ${kind}, where nothing is wrong`, () => {
      const days = [11, 12].map((seed) => dayOf({ seed, eventsPerUnit, count: 250, shift: 0 }, looseConfig()))
      const alarms = days.flatMap(({ firedAt }) => firedAt).length
      assert.ok(alarms <= 0.2 * 2 * FIELDS, `${alarms} alarms in ${2 * FIELDS} feature-days, seeds 11 and 12`)
    })
  }

  it('raises nothing at the product’s own budget, and passes every field', () => {
    const { firedAt, run } = dayOf({ seed: 21, eventsPerUnit: 5, count: 500, shift: 0 }, PLAIN)
    assert.deepEqual(firedAt, [])
    const numeric = run.judge.checks().filter(({ check }) => check === 'numeric')
    assert.deepEqual(
      numeric.map(({ verdict }) => verdict),
      numeric.map(() => 'PASS'),
    )
  })

  it('finds 0.3 standard deviations in clusters on every field, none before it began, half of them within 35 minutes', () => {
    const { firedAt } = dayOf({ seed: 31, eventsPerUnit: 5, count: 500, shift: 0.3 }, PLAIN)
    const delays = firedAt.map((T) => T - Math.floor(SLICES / 2)).sort((left, right) => left - right)
    assert.equal(delays.length, FIELDS)
    assert.ok(delays[0]! > 0, `fired ${-delays[0]!} slices before it began`)
    assert.ok(delays[FIELDS / 2 - 1]! <= 7, `delays in slices: ${delays.join(' ')}`)
  })
})
