/**
 * What the bench lets happen. A scenario is data; `events.ts` turns it into events.
 *
 *   iid          every event of a unit of its own
 *   clustered    5 events of a unit, all in one slice; two events of a unit correlate with 0.3 (the ICC)
 *   returning    a fixed population; each event is of a random unit of it, which has an effect of its own for the whole day
 *                (0.3 of the variance)
 *   heavy        the same with units whose activity is Pareto-distributed (exponent 1.2), at most 500 events a day
 *   one value    clustered, and a unit has one category for all its events
 */
export interface Scenario {
  name: string
  /** As the tables call it. */
  title: string
  values: Values
  units: Units
  /** Planned share of the candidate in the 1,000 events of a slice, at the start and at the end of the day. */
  candidate: [start: number, end: number]
  /** Amplitude of the day's wave, in standard deviations (of a rate: as a share of it). Its phase is drawn by day. */
  season: number
  /** Standard deviation of a shock that one cohort has for one slice. */
  shock: number
  slices: number
  /** In the candidate, from the slice after `after` on; through slice `until`, if it ends. `to`: standard deviations, or the rate. */
  change: { after: number; to: number; until?: number } | null
}

export type Values =
  | { kind: 'normal' }
  | { kind: 'zeros' }
  | { kind: 'discrete' }
  /** An engagement rate; `missing` is judged as such. */
  | { kind: 'rate' | 'missing'; rate: number }
  | { kind: 'zipf'; categories: number }

export type Units =
  | { kind: 'iid' | 'clustered' | 'one-value' }
  | { kind: 'returning'; eventsPerDay: number }
  | { kind: 'heavy'; exponent: number; eventsMax: number }

export const SLICES_PER_DAY = 288
export const EVENTS_PER_SLICE = 1000
export const CLUSTER_EVENTS = 5
export const ICC = 0.3
const HALF_TIME = SLICES_PER_DAY / 2
/** A small change of a rate takes days: these scenarios last a week. */
const WEEK = 7 * SLICES_PER_DAY

export const NULLS: readonly Scenario[] = [
  scenario('iid', 'iid', { units: { kind: 'iid' } }),
  scenario('clustered', 'clustered (5 events per unit and slice, ICC 0.3)'),
  scenario('season', 'clustered, season ±0.5 sd', { season: 0.5 }),
  scenario('ramp', 'clustered, season ±0.5 sd, ramp 5 → 50 %', { season: 0.5, candidate: [0.05, 0.5] }),
  scenario('returning-7', 'returning units, 7 events per unit and day', { units: returning(7) }),
  scenario('returning-29', 'returning units, 29 events per unit and day', { units: returning(29) }),
  scenario('heavy', 'heavy-tailed units (Pareto 1.2, at most 500 a day)', {
    units: { kind: 'heavy', exponent: 1.2, eventsMax: 500 },
  }),
  scenario('90-10', 'clustered, 90/10', { candidate: [0.1, 0.1] }),
  scenario('99-1', 'clustered, 99/1', { candidate: [0.01, 0.01] }),
  scenario('zeros', 'clustered, 60 % zeros', { values: { kind: 'zeros' } }),
  scenario('discrete', 'clustered, discrete (20 values)', { values: { kind: 'discrete' } }),
  scenario('rate-1', 'rate 1 %', { values: rate(0.01), season: 0.3 }),
  scenario('rate-2', 'rate 2 %', { values: rate(0.02), season: 0.3 }),
  scenario('rate-1-99', 'rate 1 %, 99/1', { values: rate(0.01), season: 0.3, candidate: [0.01, 0.01] }),
  scenario('rate-2-99', 'rate 2 %, 99/1', { values: rate(0.02), season: 0.3, candidate: [0.01, 0.01] }),
  scenario('zipf', '50 Zipf categories, one per unit', {
    values: { kind: 'zipf', categories: 50 },
    units: { kind: 'one-value' },
  }),
]

/** No nulls: each cohort moves as one, which no count of units can tell from a difference. Reported beside. */
export const SHOCKS: readonly Scenario[] = [
  scenario('shocks', 'clustered, cohort shocks of 0.03 sd per slice', { shock: 0.03 }),
]

export const CHANGES: readonly Scenario[] = [
  ...[0.1, 0.2, 0.3].map((to) =>
    scenario(`shift-${to}`, `${to} sd, clustered, season`, { season: 0.5, change: { after: HALF_TIME, to } }),
  ),
  ...[7, 29].flatMap((eventsPerDay) =>
    [0.1, 0.2, 0.3].map((to) =>
      scenario(
        `shift-${to}-returning-${eventsPerDay}`,
        `${to} sd, units returning ${eventsPerDay} times a day, season`,
        {
          units: returning(eventsPerDay),
          season: 0.5,
          change: { after: HALF_TIME, to },
        },
      ),
    ),
  ),
  scenario('shift-0.2-90-10', '0.2 sd, clustered, season, 90/10', {
    candidate: [0.1, 0.1],
    season: 0.5,
    change: { after: HALF_TIME, to: 0.2 },
  }),
  ...[0.022, 0.024].map((to) =>
    scenario(`rate-to-${(to * 100).toFixed(1)}`, `rate 2.0 → ${(to * 100).toFixed(1)} %, clustered, season; a week`, {
      values: rate(0.02),
      season: 0.3,
      slices: WEEK,
      change: { after: HALF_TIME, to },
    }),
  ),
  scenario('missing-to-2', 'missing 1 → 2 %, clustered', {
    values: { kind: 'missing', rate: 0.01 },
    season: 0.3,
    change: { after: HALF_TIME, to: 0.02 },
  }),
]

/** The null that is as a change's days are before it begins. */
export function nullOf({ values, units, candidate }: Scenario): string {
  if (values.kind === 'rate') return 'rate-2'
  if (values.kind === 'missing') return 'rate-1'
  if (units.kind === 'returning') return `returning-${units.eventsPerDay}`
  return candidate[1] < 0.5 ? '90-10' : 'season'
}

export function scenarioNamed(name: string): Scenario {
  const found = [...NULLS, ...SHOCKS, ...CHANGES].find((each) => each.name === name)
  if (found === undefined) throw new RangeError(`there is no scenario ${name}`)
  return found
}

function scenario(name: string, title: string, rest: Partial<Scenario> = {}): Scenario {
  const plain = { values: { kind: 'normal' }, units: { kind: 'clustered' }, candidate: [0.5, 0.5] } as const
  return {
    name,
    title,
    ...plain,
    candidate: [0.5, 0.5],
    season: 0,
    shock: 0,
    slices: SLICES_PER_DAY,
    change: null,
    ...rest,
  }
}

function returning(eventsPerDay: number): Units {
  return { kind: 'returning', eventsPerDay }
}

function rate(share: number): Values {
  return { kind: 'rate', rate: share }
}
