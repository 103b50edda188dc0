import { countMax, poissonUpper } from './bounds.ts'
import { LOOSE_BUDGETS } from './judge-day.ts'
import type { Results } from './results.ts'
import { NULLS, SHOCKS } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import type { Tally } from './tally.ts'
import { percent, rate, table, whole } from './words.ts'

/** Nothing is wrong: how often is it said that something is? */
export function nullsSection(results: Results): string {
  const measured = measuredOf(results, NULLS)
  const shocks = measuredOf(results, SHOCKS)
  const all = pooled(measured.map(({ tally }) => tally))
  const worst = LOOSE_BUDGETS.map((_, at) => Math.max(...measured.map(({ tally }) => tally.reached[at]! / tally.days)))
  const budgets = LOOSE_BUDGETS.map((budget) => `a budget of ${budget} a day`)
  return `## Where nothing is wrong

${table(
  ['null', 'feature-days', 'alarms', ...budgets.map((name) => `days, ${name}`)],
  [
    ...measured.map(({ scenario, tally }) => row(scenario.title, tally)),
    row('**all nulls**', all),
    ...shocks.map(({ scenario, tally }) => row(`*no null:* ${scenario.title}`, tally)),
  ],
)}

*Alarms* are alerts at the product's budget: 0.01 for a whole release of 14 days, of which a field has a fortieth, and a rate an eightieth. **${whole(all.alarms)} in ${whole(all.days)} feature-days**, so the rate is below ${rate(poissonUpper(all.alarms) / all.days)} a day with 95 % confidence.

Alarms that rare cannot be counted, so the same days are held against looser thresholds: the share of days on which any contrast of any window reached its threshold, had the field a budget of 0.05 or of 0.2 *for that day alone*, no least effect and no minimum data asked. If the thresholds are right, the shares stay below the budgets. The largest are ${percent(worst[0]!)} against 5 % and ${percent(worst[1]!)} against 20 %. ${bounds(measured)}

![Share of days with any evidence, by null, beside the budgets](calibration/budgets.svg)`
}

export interface Measured {
  scenario: Scenario
  tally: Tally
}

export function measuredOf({ tallies }: Results, scenarios: readonly Scenario[]): Measured[] {
  return scenarios.flatMap((scenario) => {
    const tally = tallies[scenario.name]
    return tally === undefined ? [] : [{ scenario, tally }]
  })
}

export function pooled(tallies: readonly Tally[]): Pick<Tally, 'days' | 'alarms' | 'reached'> {
  const sum = (count: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + count(tally), 0)
  return {
    days: sum(({ days }) => days),
    alarms: sum(({ alarms }) => alarms),
    reached: LOOSE_BUDGETS.map((_, at) => sum(({ reached }) => reached[at]!)),
  }
}

function row(title: string, { days, alarms, reached }: Pick<Tally, 'days' | 'alarms' | 'reached'>): string[] {
  return [title, whole(days), whole(alarms), ...reached.map((count) => percent(count / days))]
}

function bounds(measured: readonly Measured[]): string {
  const over = measured.flatMap(({ scenario, tally }) =>
    LOOSE_BUDGETS.flatMap((budget, at) => {
      const most = countMax(tally.days, budget)
      return tally.reached[at]! > most
        ? [`${scenario.title}: ${tally.reached[at]} days at ${budget}, where chance explains ${most}`]
        : []
    }),
  )
  return over.length === 0
    ? 'No null is over its budget.'
    : `**Over budget** (the count is higher than one run in a thousand gives): ${over.join('; ')}.`
}
