import { buildServer } from '../src/http/server.ts'
import { Conditions } from '../src/service/conditions.ts'
import { createFacts } from '../src/service/facts.ts'
import { createGroups } from '../src/service/groups.ts'
import { Telemetry } from '../src/telemetry/metrics.ts'
import { benchConfig } from './config.ts'
import { nsSince } from './cpu-time.ts'
import { JudgeSlices, sealed } from './judge-slices.ts'
import type { BenchOptions, Row } from './row.ts'

const FIELDS = 300
const EVENTS = 1000
const SLICES_IN_TWO_DAYS = 576
const ASKED = 12

/**
 * The overview of 300 fields after two days: what the judge, the totals and the hours say, put into one page. The first look after
 * each slice, because that is when every verdict has to be asked anew; a second look costs the page alone.
 */
export async function pageRows({ scale }: BenchOptions): Promise<Row[]> {
  const config = benchConfig([])
  const third = FIELDS / 3
  const fields = (['numeric', 'categorical', 'boolean'] as const).flatMap(
    (kind) =>
    Array.from({ length: third }, (_, at) => ({ name: `${kind}_${at}`, kind, role: 'feature' as const, range: null, values: null, required: false })), // prettier-ignore
  )
  const wide = { ...config, streams: [{ ...config.streams[0]!, fields }] }
  const slices = new JudgeSlices(wide, EVENTS)
  const groups = createGroups(wide)
  const [group] = groups
  const telemetry = new Telemetry({ version: 'bench' })
  const parts = { view: null, observe: null, assemble: null, quarantine: null, hours: null } as never
  const facts = createFacts({ config: wide, groups, conditions: new Conditions([]), telemetry, parts, baseline: null })
  const server = await buildServer(facts, { host: '127.0.0.1', port: 0, version: 'bench' })
  const add = (): void => {
    const { slice, due } = slices.next()
    for (const body of due) group!.judge.addLedger(body)
    group!.judge.addSlice(sealed(slice))
    for (const each of [...group!.totals.values(), ...group!.trails.values()]) each.add(slice)
    group!.folded++
  }
  for (let at = 0; at < Math.ceil(SLICES_IN_TWO_DAYS * scale); at++) add()
  const looks: { ms: number; again: number; bytes: number }[] = []
  for (let at = 0; at < ASKED; at++) {
    add()
    const look = async () => {
      const before = process.cpuUsage()
      const { body, statusCode } = await server.inject({
        url: '/',
        headers: { host: 'localhost', accept: 'text/html' },
      })
      if (statusCode !== 200) throw new Error(body)
      return { ms: nsSince(before) / 1e6, bytes: Buffer.byteLength(body) }
    }
    const first = await look()
    looks.push({ ...first, again: (await look()).ms })
  }
  await server.close()
  const median = (values: number[]): number => values.sort((one, other) => one - other)[ASKED >> 1]!
  const [ms, again] = [median(looks.map((look) => look.ms)), median(looks.map((look) => look.again))]
  const bytes = Math.max(...looks.map((look) => look.bytes))
  const goal = '≤ 200 ms'
  return [
    { name: `overview of ${FIELDS} fields, the first look after a slice`, ns: ms * 1e6, per: 'page', goal, isMet: ms <= 200, note: `worst ${Math.max(...looks.map((look) => look.ms)).toFixed(0)} ms` }, // prettier-ignore
    { name: 'the same, looked at again', ns: again * 1e6, per: 'page', goal, isMet: again <= 200 },
    { name: 'its size', goal: '≤ 150 kB', isMet: bytes <= 150_000, note: `${Math.round(bytes / 1000)} kB` },
  ]
}
