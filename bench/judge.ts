import { createJudge } from '../src/judge.ts'
import { openSlice } from '../src/slice/codec.ts'
import type { Config } from '../src/config/shape.ts'
import { benchConfig } from './config.ts'
import { nsSince } from './cpu-time.ts'
import { JudgeSlices, sealed } from './judge-slices.ts'
import type { BenchOptions, Row } from './row.ts'

const SLICES_IN_14_DAYS = 4032
/** As in the calibration: 500 events of a cohort in five minutes. */
const EVENTS = 1000
const BUSY_EVENTS = 20_000

/** The judge as it is: whole slices in, every check of every field, alerts out. */
export async function judgeRows({ scale }: BenchOptions): Promise<Row[]> {
  const plain = configOf({ numeric: 300 })
  const segmented = configOf({ numeric: 299 }, [{ name: 'market', kind: 'categorical', role: 'segment' }])
  return [
    ...sliceRows('300 numeric fields (with missing and range of each)', plain, 0, scale),
    ...sliceRows('300 fields, 5 % nulls in each, 20 segments', segmented, 0.05, scale),
    ...stateRows(scale),
    rebuildRow(scale),
    ...bytesRows(),
  ]
}

function sliceRows(what: string, config: Config, nullShare: number, scale: number): Row[] {
  const slices = new JudgeSlices(config, EVENTS, nullShare)
  const judge = createJudge(config, config.streams)
  if (slices.segments !== null) judge.addLedger(slices.segments)
  const durationsNs: number[] = []
  const verdictsNs: number[] = []
  // Enough for three blocks of level 5: most of the ladder's sums exist by then.
  const [warm, measured] = [Math.ceil(128 * scale), Math.ceil(64 * scale)]
  for (let at = 0; at < warm + measured; at++) {
    const { slice, due } = slices.next()
    const before = process.cpuUsage()
    judge.addSlice(sealed(slice))
    if (at >= warm) durationsNs.push(nsSince(before))
    for (const body of due) judge.addLedger(body)
    const beforeVerdicts = process.cpuUsage()
    if (at >= warm && at % 8 === 0) {
      judge.checks()
      verdictsNs.push(nsSince(beforeVerdicts))
    }
  }
  const worst = Math.max(...durationsNs) / 1e6
  const ns = medianOf(durationsNs)
  return [
    {
      name: `judge one slice of ${what}`,
      ns,
      per: 'slice',
      goal: '≤ 150 ms',
      isMet: ns <= 150e6,
      note: `median of ${measured}; worst ${worst.toFixed(0)} ms`,
    },
    { name: `the verdicts of all checks of ${what}`, ns: medianOf(verdictsNs), per: 'question' },
  ]
}

function stateRows(scale: number): Row[] {
  return (['numeric', 'categorical'] as const).map((kind) => {
    const fields = 4
    const limit = kind === 'numeric' ? 1.5 : 5
    const none = stateMb(configOf({ [kind]: 1 }), scale)
    const mb = (stateMb(configOf({ [kind]: 1 + fields }), scale) - none) / fields
    const name = kind === 'numeric' ? 'a numeric field' : 'a categorical field in hash bins'
    return { name: `judge state of ${name} after 14 days`, mb, per: 'field', goal: `≤ ${limit} MB`, isMet: mb <= limit }
  })
}

/** What the judge alone holds: slices are made before and after, and dropped. */
function stateMb(config: Config, scale: number): number {
  const slices = new JudgeSlices(config, EVENTS)
  const before = heldMb()
  const judge = createJudge(config, config.streams)
  for (let at = 0; at < SLICES_IN_14_DAYS * scale; at++) {
    const { slice, due } = slices.next()
    judge.addSlice(sealed(slice))
    for (const body of due) judge.addLedger(body)
  }
  const held = heldMb() - before
  // The judge must live until here.
  return judge.alerts().length >= 0 ? held : 0
}

function heldMb(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

/** After a restart the judge reads its slices again: from bytes to where it was. */
function rebuildRow(scale: number): Row {
  const config = configOf({ numeric: 14, categorical: 4, boolean: 2 })
  const slices = new JudgeSlices(config, EVENTS)
  const judge = createJudge(config, config.streams)
  const count = Math.ceil(SLICES_IN_14_DAYS * scale)
  let decodeNs = 0
  let judgeNs = 0
  let bytesRead = 0
  for (let at = 0; at < count; at++) {
    const { bytes, due } = slices.nextBytes()
    bytesRead += bytes.length
    const before = process.cpuUsage()
    const opened = openSlice(bytes)
    decodeNs += nsSince(before)
    const beforeJudge = process.cpuUsage()
    judge.addSlice(opened)
    for (const body of due) judge.addLedger(body)
    judgeNs += nsSince(beforeJudge)
  }
  const ns = ((decodeNs + judgeNs) / count) * SLICES_IN_14_DAYS
  const part = (each: number): string => `${(((each / count) * SLICES_IN_14_DAYS) / 1e9).toFixed(1)} s`
  return {
    name: 'rebuild 20 fields from the slices of 14 days (14 numeric, 4 hashed categorical, 2 boolean)',
    ns,
    per: 'rebuild',
    goal: '≤ 10 s',
    isMet: ns <= 10e9,
    note: `decoding ${part(decodeNs)}, judging ${part(judgeNs)}; ${Math.round(bytesRead / count / 1000)} kB a slice`,
  }
}

function bytesRows(): Row[] {
  return [EVENTS, BUSY_EVENTS].map((events) => {
    const slices = new JudgeSlices(configOf({ numeric: 35, categorical: 10, boolean: 5 }), events)
    for (let at = 0; at < 4; at++) slices.next()
    const kb = slices.nextBytes().bytes.length / 1000
    const name = `bytes of a slice of 50 fields, ${events.toLocaleString('en')} events`
    return { name, mb: kb / 1000, per: 'slice', goal: '≤ 500 kB', isMet: kb <= 500, note: `${Math.round(kb)} kB` }
  })
}

function configOf(counts: Partial<Record<'numeric' | 'categorical' | 'boolean', number>>, more: object[] = []): Config {
  const fields = Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, at) => ({ name: `${kind}${at}`, kind })),
  )
  return benchConfig([], { fields: [...fields, ...more] })
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[values.length >> 1] ?? NaN
}

if (import.meta.main) console.table(await judgeRows({ scale: Number(process.argv[2] ?? 1) }))
