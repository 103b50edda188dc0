import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { baselineText, digestOfBaseline } from '../../src/baseline/baseline.ts'
import type { Baseline, BaselineMetric } from '../../src/baseline/baseline.ts'
import { HOUR_MS } from '../../src/baseline/hours.ts'
import { misfits } from '../../src/baseline/misfits.ts'
import { tableShiftOf } from '../../src/baseline/numeric-rows.ts'
import { readBaseline } from '../../src/baseline/read-baseline.ts'
import { digestOf } from '../../src/ledger/digest.ts'
import type { Cells } from '../../src/ledger/record.ts'
import { testBinOf } from '../../src/evidence/quantile-cuts.ts'
import { binIndex, lowestFullIndex, highestFullIndex } from '../../src/sketch/bin-index.ts'
import { BinTable } from '../../src/sketch/bin-table.ts'
import { hashBin } from '../../src/sketch/category-table.ts'
import { baselineOf } from '../support/baselines.ts'
import { configOf, normalOf, randomOf, SliceMaker, START_MS } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'

const CONFIG = configOf(
  {
    fields: [
      { name: 'price', kind: 'numeric', range: [-100, 100] },
      { name: 'country', kind: 'categorical' },
      { name: 'member', kind: 'boolean' },
    ],
    engagement: [{ name: 'ctr', rate: { field: 'clicked', equals: true } }],
  },
  {},
  { length: '30m' },
)

type Values = TestEvent['values']

function events(count: number, values: (at: number) => Values, cohort?: 'control' | 'candidate'): TestEvent[] {
  return Array.from({ length: count }, (_, at) => {
    return { unit: `u${at}`, cohort: cohort ?? (at % 2 === 0 ? 'control' : 'candidate'), values: values(at) }
  })
}

const plain = (at: number): Values => ({ price: at % 50, country: 'de', member: at % 4 === 0, clicked: at % 10 === 0 })

function metricOf({ streams }: Baseline, measure: string, name: string): BaselineMetric {
  return streams[0]!.metrics.find((each) => each.measure === measure && each.name === name)!
}

describe('a baseline from slices', () => {
  it('counts every measure by UTC hour', () => {
    const odd = (at: number): Values => (at < 30 ? { price: null, country: 'fr', clicked: true } : plain(at))
    const baseline = baselineOf(CONFIG, [events(1200, plain), events(1200, odd), [], events(100, (at) => ({ price: at < 3 ? 500 : Infinity }))]) // prettier-ignore
    const [stream] = baseline.streams
    assert.deepEqual(stream!.hours, [START_MS / HOUR_MS, START_MS / HOUR_MS + 1])
    assert.deepEqual([stream!.events, stream!.units], [2500, { count: 1200, estimated: false }])
    const counted = (measure: string, name: string) => {
      const { n, x } = metricOf(baseline, measure, name)
      return [n, x[0]]
    }
    assert.deepEqual(counted('missing', 'price'), [[2400, 100], [30, 0]]) // prettier-ignore
    assert.deepEqual(counted('missing', 'member'), [[2400, 100], [30, 100]]) // prettier-ignore
    assert.deepEqual(counted('range', 'price'), [[2370, 100], [0, 100]]) // prettier-ignore
    assert.deepEqual(counted('values', 'member'), [[2370, 0], [592, 0]]) // prettier-ignore
    assert.deepEqual(counted('rate', 'ctr'), [[2400, 100], [267, 0]]) // prettier-ignore
    const country = metricOf(baseline, 'values', 'country')
    assert.deepEqual(country.cells, { kind: 'names', names: ['de', 'fr'] })
    assert.deepEqual([country.counts, country.n, country.x], [[2370, 30, 0], [2400, 0], [[2370, 0], [30, 0], [0, 0]]]) // prettier-ignore
    const price = metricOf(baseline, 'values', 'price')
    assert.equal(price.n[1], 3)
    assert.equal(price.counts!.reduce((sum, count) => sum + count, 0), 2373) // prettier-ignore
    price.x.forEach((column, cell) => assert.equal(column[0]! + column[1]!, price.counts![cell]))
  })

  it('is of one cohort where that is asked for', () => {
    const slices = [events(500, plain, 'control'), events(300, plain, 'candidate')]
    const sizes = (['all', 'control', 'candidate'] as const).map((cohort) => {
      const [stream] = baselineOf(CONFIG, slices, cohort).streams
      return [stream!.events, stream!.units.count]
    })
    assert.deepEqual(sizes, [[800, 500], [500, 500], [300, 300]]) // prettier-ignore
  })

  it('has no cells of fewer than 2,000 values, and says how many there were', () => {
    const { cells, counts, x, n } = metricOf(baselineOf(CONFIG, [events(1999, plain)]), 'values', 'price')
    assert.deepEqual([cells, counts, x, n], [null, null, [], [1999]])
    assert.notEqual(metricOf(baselineOf(CONFIG, [events(2000, plain)]), 'values', 'price').cells, null)
  })

  it('turns names to hash bins when there are more than 63 of them, in all hours', () => {
    const many = (at: number): Values => ({ country: `c${at % 63}` })
    const { cells, x } = metricOf(
      baselineOf(CONFIG, [events(2000, plain), [], [], events(640, many)]),
      'values',
      'country',
    )
    assert.deepEqual(cells, { kind: 'hashed' })
    assert.equal(x[hashBin('de')]![0], 2000)
    assert.equal(x.reduce((sum, column) => sum + column[1]!, 0), 640) // prettier-ignore
  })

  it('counts more names than a slice can keep by the bins of its table', () => {
    const countless = (at: number): Values => ({ country: `name ${at}` })
    const { cells, x, n } = metricOf(baselineOf(CONFIG, [events(3000, countless)]), 'values', 'country')
    assert.deepEqual([cells, n], [{ kind: 'hashed' }, [3000]])
    const expected = new Array<number>(64).fill(0)
    for (let at = 0; at < 3000; at++) expected[hashBin(`name ${at}`)]!++
    assert.deepEqual(x.map(([count]) => count), expected) // prettier-ignore
  })

  it('is the same to the byte, and its digest does not depend on who verified it', () => {
    const slices = [events(2100, plain), events(40, plain)]
    const [one, other] = [baselineOf(CONFIG, slices), baselineOf(CONFIG, slices)]
    assert.equal(baselineText(one), baselineText(other))
    assert.equal(digestOfBaseline({ ...one, verified: null }), one.digest)
    assert.notEqual(baselineOf(CONFIG, [...slices, events(1, plain)]).digest, one.digest)
  })
})

describe('cells of a baseline', () => {
  it('end where the bins of every slice’s table end', () => {
    const random = randomOf(5)
    const normal = normalOf(random)
    // Around zero a table of 64 bins is coarse: two bins an octave, each with up to a tenth of all values.
    const slices = Array.from({ length: 8 }, (_, slice) => events(400 * (slice + 1), () => ({ price: normal() })))
    const { cells } = metricOf(baselineOf(CONFIG, slices), 'values', 'price')
    const { cuts } = cells as Extract<Cells, { kind: 'numeric' }>
    assert.ok(cuts.length >= 9, `only ${cuts.length} cuts`)
    const maker = new SliceMaker(CONFIG)
    let widest = 0
    for (const slice of slices) {
      const field = maker.next(slice, { isSealed: false }).sealed.slice.streams[0]!.tallies.fields[0]!
      const shift = tableShiftOf(field.histograms!)
      widest = Math.max(widest, shift)
      if (field.table instanceof BinTable) assert.equal(shift, field.table.shift)
      for (const [index] of field.histograms![0].entriesAt(shift)) {
        const [low, high] = [lowestFullIndex(index, shift), highestFullIndex(index, shift)]
        assert.ok(!cuts.some((cut) => low <= cut && cut < high), `a cut inside [${low}, ${high}]`)
      }
    }
    assert.ok(widest > 16, 'the case is too easy')
  })

  it('hold in every hour just the values that lie in them, also where the shift rose later', () => {
    const normal = normalOf(randomOf(6))
    const hours = Array.from({ length: 5 }, (_, hour) => Array.from({ length: 400 * (hour + 1) }, () => normal()))
    const slices = hours.flatMap((values) => [events(values.length, (at) => ({ price: values[at]! })), []])
    const { cells, x, n } = metricOf(baselineOf(CONFIG, slices), 'values', 'price')
    const { cuts } = cells as Extract<Cells, { kind: 'numeric' }>
    hours.forEach((values, hour) => {
      const expected = new Array<number>(cuts.length + 1).fill(0)
      for (const value of values) expected[testBinOf(cuts, binIndex(value, 0))]!++
      assert.deepEqual([x.map((column) => column[hour]), n[hour]], [expected, values.length]) // prettier-ignore
    })
  })

  it('know the shift of any table from its histograms', () => {
    const random = randomOf(11)
    for (let run = 0; run < 60; run++) {
      const size = Math.floor(2 + random() * 300)
      const scale = 2 ** Math.floor(random() * 40)
      const values = Array.from({ length: size }, () =>
        random() < 0.1 ? 0 : (random() - 0.3) * (random() < 0.5 ? scale : 1),
      )
      const field =
        new SliceMaker(CONFIG).next(events(size, (at) => ({ price: values[at]! })), { isSealed: false }) // prettier-ignore
        .sealed.slice.streams[0]!.tallies.fields[0]!
      assert.equal(tableShiftOf(field.histograms!), (field.table as BinTable).shift, `run ${run}`)
    }
  })
})

describe('a baseline file', () => {
  const baseline = baselineOf(CONFIG, [events(2100, plain)])
  const validate = new Ajv({ strict: false }).compile(
    JSON.parse(readFileSync(new URL('../../schemas/baseline.schema.json', import.meta.url), 'utf8')) as object,
  )
  const reseal = (changed: object): string => {
    const { digest: _digest, verified, ...content } = changed as Baseline
    return JSON.stringify({ ...content, digest: digestOf(content), verified })
  }

  it('keeps to its schema and is read back as it was', () => {
    assert.ok(validate(JSON.parse(baselineText(baseline))), JSON.stringify(validate.errors))
    assert.deepEqual(readBaseline(baselineText(baseline)), baseline)
    const hashed = baselineOf(CONFIG, [events(3000, (at) => ({ country: `c${at}` }))])
    assert.ok(validate(JSON.parse(baselineText(hashed))), JSON.stringify(validate.errors))
    assert.deepEqual(readBaseline(baselineText(hashed)), hashed)
  })

  it('is refused when a single figure was changed, cut off, or is of another version', () => {
    const text = baselineText(baseline)
    const problemOf = (changed: string): string => (readBaseline(changed) as { problem: string }).problem
    assert.match(problemOf(text.replace('"events":2100', '"events":2101')), /is damaged/)
    assert.match(problemOf(text.slice(0, -20)), /is no JSON/)
    assert.match(problemOf('[]'), /is no baseline/)
    assert.match(problemOf('{"report":1}'), /is no baseline/)
    assert.match(problemOf(text.replace('baseline/v1', 'baseline/v2')), /version/)
    assert.match(problemOf(text.replace('"u', '"\\ud800')), /damaged|no JSON/)
  })

  const [stream] = baseline.streams
  const withMetric = (change: object) => ({ ...baseline, streams: [{ ...stream, metrics: [{ ...stream!.metrics[0], ...change }] }] }) // prettier-ignore
  for (const [what, changed] of Object.entries({
    'fewer hours than figures': { ...baseline, streams: [{ ...stream, hours: [] }] },
    'hours that go back': { ...baseline, streams: [{ ...stream, hours: [5, 4] }] },
    'a share above one': withMetric({ n: [1] }),
    'counts of other cells': withMetric({ counts: [1] }),
    'cells of no kind': withMetric({ cells: { kind: 'octal' } }),
    'a negative count': withMetric({ n: [-1] }),
    'another measure': withMetric({ measure: 'mood' }),
    'no cohort of ours': { ...baseline, cohort: 'other' },
    'slices of no length': { ...baseline, lengthMs: 0 },
    'a stamp without a name': { ...baseline, verified: { atMs: 1 } },
  })) {
    it(`is refused with ${what}, whatever its digest`, () => {
      assert.deepEqual(readBaseline(reseal(changed)), { problem: 'does not have the shape of a baseline' })
    })
  }

  it('fits any configuration that means the same by the same names', () => {
    const stream = {
      fields: [{ name: 'price', kind: 'numeric', range: [-100, 100] }, { name: 'fresh', kind: 'numeric' }],
      engagement: [{ name: 'ctr', rate: { field: 'clicked', equals: true } }],
      cohort: { field: 'model', control: ['m2'], candidate: ['m3'] },
      salt: 'autumn',
    } // prettier-ignore
    assert.deepEqual(misfits(baseline, configOf(stream, {}, { length: '30m' })), [])
  })

  for (const [what, stream, panes, expected] of [
    [
      'a kind',
      { fields: [{ name: 'price', kind: 'categorical' }] },
      '30m',
      /field price is .*numeric.* there and .*categorical.* here/,
    ],
    ['limits', { fields: [{ name: 'price', kind: 'numeric', range: [0, 1] }] }, '30m', /field price is/],
    ['what counts', { engagement: [{ name: 'ctr', rate: { field: 'clicked', equals: false } }] }, '30m', /rate ctr is/],
    ['the time field', { eventTime: 'at' }, '30m', /eventTime is/],
    ['synthetic events', { synthetic: { field: 'test', equals: true } }, '30m', /synthetic is null there/],
    ['the length of slices', {}, '15m', /its slices are 1800000 ms long, here panes are 900000 ms/],
    ['the stream', { name: 'other' }, '30m', /it describes shop, here are other/],
  ] as const) {
    it(`does not fit a configuration that differs in ${what}`, () => {
      const [problem, ...rest] = misfits(baseline, configOf({ fields: [{ name: 'price', kind: 'numeric', range: [-100, 100] }], ...(stream as object) }, {}, { length: panes })) // prettier-ignore
      assert.match(problem!, expected)
      assert.deepEqual(rest, [])
    })
  }
})
