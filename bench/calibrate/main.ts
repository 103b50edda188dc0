import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { countMax } from './bounds.ts'
import { writeDocument } from './document.ts'
import { LOOSE_BUDGETS } from './judge-day.ts'
import { runPeerDays } from './peer-days.ts'
import { preparePeers } from './peers-environment.ts'
import { Peers } from './peers.ts'
import { runJobs, THREADS_MAX } from './pool.ts'
import type { Job } from './pool.ts'
import { addResults, describeMachine } from './results.ts'
import type { Results } from './results.ts'
import { CHANGES, NULLS, SHOCKS } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { addTally, emptyTally } from './tally.ts'

const USAGE = `npm run calibrate -- [options]
  --feature-days N   days of each null (default 2,000; the full run: 10,000)
  --first-day N      begins there (default 0): what an earlier run has measured need not be measured again
  --change-days N    days of each change (default 200)
  --peer-days N      days of each scenario that the rivals see too (default 40; 0 = no rivals)
  --seed S           (default 1)
  --threads N        (default 1)
  --only A,B         these scenarios
  --quick            50, 20 and 3 days
  --out DIR          where results.json goes (default bench/out/calibrate)
  --results A,B      measures nothing: takes these results, added where they are parts of one run
  --write-docs       writes docs/calibration.md and its plots
`
const ROOT = path.join(import.meta.dirname, '../..')
/** KSWIN takes some 20 seconds for a day. */
const SLOW_PEER_DAYS_MAX = 1
/** So that progress shows, and threads share the work evenly to the end. */
const DAYS_PER_JOB = 25

const { values: flags } = parseArgs({
  options: {
    ...{ 'feature-days': { type: 'string' }, 'change-days': { type: 'string' }, 'peer-days': { type: 'string' } },
    'first-day': { type: 'string' },
    ...{ seed: { type: 'string', default: '1' }, threads: { type: 'string', default: '1' }, only: { type: 'string' } },
    ...{ quick: { type: 'boolean', default: false }, out: { type: 'string' }, results: { type: 'string' } },
    ...{ 'write-docs': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  },
})
if (flags.help) process.stdout.write(USAGE)
else await main()

async function main(): Promise<void> {
  const results = flags.results === undefined ? await measure() : readResults(flags.results)
  if (flags['write-docs']) writeDocument(results, path.join(ROOT, 'docs'))
  const broken = brokenBounds(results)
  for (const line of broken) say(`BROKEN: ${line}`)
  if (broken.length > 0) process.exitCode = 1
}

async function measure(): Promise<Results> {
  const results: Results = {
    seed: count('seed', 1, 1),
    featureDays: count('feature-days', 2000, 50),
    changeDays: count('change-days', 200, 20),
    machine: describeMachine(),
    peersMissing: null,
    peerDays: count('peer-days', 40, 3),
    slowPeerDays: 0,
    tallies: {},
  }
  results.slowPeerDays = Math.min(SLOW_PEER_DAYS_MAX, results.peerDays)
  const only = flags.only?.split(',')
  const scenarios = [...NULLS, ...SHOCKS, ...CHANGES].filter(({ name }) => only === undefined || only.includes(name))
  await measureOurs(results, scenarios)
  save(results)
  await measurePeers(results, scenarios)
  save(results)
  return results
}

/** Block by block over all scenarios: a run that is stopped early has as many days of each. */
async function measureOurs(results: Results, scenarios: readonly Scenario[]): Promise<void> {
  const jobs: Job[] = scenarios.flatMap(({ name, change }) => {
    const days = change === null ? results.featureDays : results.changeDays
    const first = change === null ? count('first-day', 0, 0) : 0
    results.tallies[name] = emptyTally({ name })
    return range(Math.ceil(Math.max(0, days - first) / DAYS_PER_JOB)).map((at) => {
      const from = first + at * DAYS_PER_JOB
      return { scenario: name, seed: results.seed, from, to: Math.min(days, from + DAYS_PER_JOB) }
    })
  })
  jobs.sort((one, other) => one.from - other.from)
  let done = 0
  await runJobs(jobs, Math.min(THREADS_MAX, count('threads', 1, 1)), (part) => {
    addTally(results.tallies[part.scenario]!, part)
    save(results)
    if (++done % scenarios.length === 0) say(`${done} of ${jobs.length} blocks of ${DAYS_PER_JOB} days`)
  })
}

async function measurePeers(results: Results, scenarios: readonly Scenario[]): Promise<void> {
  if (results.peerDays === 0) {
    results.peersMissing = 'they were not asked for (--peer-days 0)'
    return
  }
  const environment = preparePeers(say)
  if ('missing' in environment) {
    results.peersMissing = environment.missing
    say(`SKIPPED: all rivals. ${environment.missing}`)
    return
  }
  const peers = await Peers.start(environment.python)
  for (const scenario of scenarios) {
    // A week is seven days for them too.
    const days = Math.ceil(results.peerDays / (scenario.slices / 288))
    const options = { seed: results.seed, days, slowDays: Math.min(results.slowPeerDays, days) }
    const { peers: tallies } = await runPeerDays(peers, scenario, options)
    results.tallies[scenario.name]!.peers = tallies
    const told = Object.entries(tallies).map(([name, { alarms }]) => `${name} ${alarms}`)
    say(`${scenario.name}: rivals, ${days} days, alarms: ${told.join(', ')}`)
    save(results)
  }
  await peers.stop()
}

/** Counts that chance does not explain: a null over its budget, or any alarm of the product's where none is to be. */
function brokenBounds({ tallies }: Results): string[] {
  return NULLS.flatMap(({ name }) => {
    const tally = tallies[name]
    if (tally === undefined) return []
    const over = LOOSE_BUDGETS.flatMap((budget, at) =>
      tally.reached[at]! > countMax(tally.days, budget)
        ? [`${name}: ${tally.reached[at]} of ${tally.days} days at a budget of ${budget} a day`]
        : [],
    )
    return tally.alarms === 0 ? over : [...over, `${name}: ${tally.alarms} alarms in ${tally.days} days`]
  })
}

function save(results: Results): void {
  const folder = path.resolve(flags.out ?? path.join(ROOT, 'bench/out/calibrate'))
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'results.json'), `${JSON.stringify(results, null, 1)}\n`)
}

/** Parts of one run, by their names: days and changes that different runs measured, of one seed. */
function readResults(files: string): Results {
  const [whole, ...parts] = files.split(',').map((file) => JSON.parse(readFileSync(file, 'utf8')) as Results)
  for (const part of parts) addResults(whole!, part)
  return whole!
}

function count(
  name: 'feature-days' | 'first-day' | 'change-days' | 'peer-days' | 'seed' | 'threads',
  usual: number,
  quick: number,
): number {
  const given = flags[name]
  const value = given === undefined ? (flags.quick ? quick : usual) : Number(given)
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`--${name} ${given} is no whole number`)
  return value
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at)
}

function say(line: string): void {
  process.stderr.write(`calibrate: ${line}\n`)
}
