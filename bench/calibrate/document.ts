import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { budgetsPlot, delaysPlot, rivalsPlot } from './plots.ts'
import type { Results } from './results.ts'
import { changesSection } from './section-changes.ts'
import { measuredOf, nullsSection } from './section-nulls.ts'
import { CHANGES, NULLS } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { rivalsSection } from './section-rivals.ts'
import { duration, whole } from './words.ts'

/** Writes docs/calibration.md and its plots, from the results and nothing else. */
export function writeDocument(results: Results, docs: string): void {
  const folder = path.join(docs, 'calibration')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'budgets.svg'), budgetsPlot(results))
  writeFileSync(path.join(folder, 'delays.svg'), delaysPlot(results))
  if (results.peersMissing === null) writeFileSync(path.join(folder, 'rivals.svg'), rivalsPlot(results))
  writeFileSync(path.join(docs, 'calibration.md'), documentOf(results))
}

export function documentOf(results: Results): string {
  const sections = [
    head(results),
    nullsSection(results),
    changesSection(results),
    rivalsSection(results),
    limits(results),
  ]
  return `${sections.join('\n\n')}\n`
}

function head(results: Results): string {
  const { featureDays, changeDays, peerDays, slowPeerDays, seed, machine } = results
  const options = `--feature-days ${featureDays} --change-days ${changeDays} --peer-days ${peerDays} --seed ${seed}`
  const cpuSeconds = Object.values(results.tallies).reduce((sum, tally) => sum + tally.cpuSeconds, 0)
  const rivals =
    results.peersMissing === null
      ? `, ${peerDays} of each for the rivals (a week counts as seven; ${slowPeerDays} for KSWIN, on four scenarios only, because it takes twenty seconds for a day)`
      : ''
  return `# Calibration

How often does Evenkeel alarm when nothing is wrong, and how long does it take when something is? This page is written by the program that measures it; no figure in it is typed by hand.

\`\`\`
npm run calibrate -- ${options} --write-docs
\`\`\`

A **feature-day** is one field, or one rate, for 288 slices of 1,000 events, 500 in each cohort unless the cohorts are of other sizes. Events are drawn, not statistics: every value goes into its bucket and its cell, cells are frozen from the first slices as in the product, and what judges is the product's own code, under the budget of a stream with 20 such metrics and every other default. \`test/acceptance/calibration.test.ts\` holds the bench beside the whole judge, from sketches to alerts: both fire and resolve at the same slices.

This run: feature-days of each null: ${daysOf(results, NULLS)}; days of each change: ${daysOf(results, CHANGES)}${rivals}; seed ${seed}; ${machine}; ${duration(cpuSeconds)} of one core for our part. Any day can be drawn again alone from the seed, its scenario and its number. ${fullRun(results)}`
}

function daysOf(results: Results, scenarios: readonly Scenario[]): string {
  const days = measuredOf(results, scenarios).map(({ tally }) => tally.days)
  const [least, most] = [Math.min(...days), Math.max(...days)]
  return least === most
    ? whole(least)
    : `${whole(least)} to ${whole(most)} (made in parts: the table says how many of each)`
}

function fullRun(results: Results): string {
  const full = 10_000
  const nulls = measuredOf(results, NULLS).map(({ tally }) => tally)
  if (nulls.every(({ days }) => days >= full)) return `It is the full run.`
  const perDay = nulls.reduce((sum, { cpuSeconds, days }) => sum + cpuSeconds / days, 0)
  return `The full run, \`--feature-days ${full}\`, takes about ${duration(perDay * full)} of one core (\`--threads\` divides it).`
}

function limits({ tallies }: Results): string {
  const days = Object.values(tallies).reduce((sum, each) => sum + each.days, 0)
  return `## What these figures are not

- A feature-day is the first day of a stream. The longest windows (four and seven days) are not in it, nor is a horizon's second day with its second cut of cells; the week-long changes of rates are the only ones that go further.
- ${whole(days)} days cannot show a rate of one alarm in a hundred releases: that is some ten times rarer than what so many days can bound. The loose budgets are the measure of the thresholds; the product's own budget is the same arithmetic with a smaller number in it.
- The budget is spent by Bonferroni over windows that overlap, so the true rate is several times lower than the budget: that is what the shares above show. It is room given away, and the price is in the delays.
- Cohort shocks are not protected against. Where a whole cohort moves as one at random (another data centre, another cache), every count of units takes it for an effect, and so does this one.`
}
