import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changeBar, meterBar } from '../../src/page/chart/bars.ts'
import { binName, cumulative, largestGap, overlaidHistogram, stepCdf } from '../../src/page/chart/bins.ts'
import { overTime } from '../../src/page/chart/over-time.ts'
import type { OverTime } from '../../src/page/chart/over-time.ts'
import { scaleOf, timeTicks } from '../../src/page/chart/scale.ts'
import { sparkline, thinned } from '../../src/page/chart/spark.ts'
import { textBar, textSparklines } from '../../src/page/chart/text.ts'
import { figure, shareText } from '../../src/page/show.ts'
import { elementsOf } from '../support/markup.ts'
import type { Element } from '../support/markup.ts'

const BINS = {
  bins: [
    { low: 0, high: 1, a: 50, b: 10 },
    { low: 1, high: 2, a: 30, b: 30 },
    { low: 4, high: 8, a: 20, b: 60 },
  ],
  totalA: 100,
  totalB: 100,
}

describe('the overlaid histogram', () => {
  const elements = elementsOf(String(overlaidHistogram('h', 'price', BINS)))

  it('draws the share of each bin of A filled and of B hatched, on one scale from zero', () => {
    const [a, b] = [rectsOf(elements, 'bar a'), rectsOf(elements, 'bar b')]
    assert.deepEqual(heights(a).map((height) => height / heights(a)[0]!), [1, 0.6, 0.4]) // prettier-ignore
    assert.deepEqual(heights(b).map((height) => Math.round((height / heights(a)[0]!) * 100)), [20, 60, 120]) // prettier-ignore
    assert.ok(b.every(({ attributes }) => attributes.get('fill') === 'url(#hatch-b)'))
    const bottoms = [...a, ...b].map(({ attributes }) => Number(attributes.get('y')) + Number(attributes.get('height')))
    assert.ok(Math.max(...bottoms) - Math.min(...bottoms) < 0.2)
  })

  it('has a name, a description and a table with the same figures', () => {
    const svg = elements.find(({ attributes }) => attributes.get('role') === 'img')!
    const [title, description] = svg.attributes.get('aria-labelledby')!.split(' ').map((id) => elements.find(({ attributes }) => attributes.get('id') === id)!) // prettier-ignore
    assert.equal(title!.text.trim(), 'Distribution of price')
    assert.match(description!.text, /3 bins from 0 to 8/)
    assert.deepEqual(cellsOf(elements), ['50', '50.0 %', '10', '10.0 %', '30', '30.0 %', '30', '30.0 %', '20', '20.0 %', '60', '60.0 %']) // prettier-ignore
  })

  it('draws nothing of nothing', () => {
    assert.deepEqual(rectsOf(elementsOf(String(overlaidHistogram('h', 'x', { bins: [], totalA: 0, totalB: 0 }))), 'bar a'), []) // prettier-ignore
  })
})

describe('the cumulative steps', () => {
  it('mark where the two are furthest apart, with KS as the comparison tells it', () => {
    assert.deepEqual(cumulative([50, 30, 20], 100), [0.5, 0.8, 1])
    assert.deepEqual(largestGap([0.5, 0.8, 1], [0.1, 0.4, 1]), { bin: 0, size: 0.4 })
    const elements = elementsOf(String(stepCdf('c', 'price', BINS, 0.412, '')))
    const [mark] = elements.filter(({ name, attributes }) => name === 'line' && attributes.get('class') === 'gap')
    assert.equal(mark!.attributes.get('x1'), '33.33%')
    const [y1, y2] = [Number(mark!.attributes.get('y1')), Number(mark!.attributes.get('y2'))]
    assert.equal(Math.round((y2 - y1) * 10) / 10, 0.4 * 150)
    assert.ok(elements.some(({ text }) => text === 'KS 0.412 at 1'))
  })

  it('say why there is no KS where there are too few values', () => {
    const page = String(stepCdf('c', 'price', BINS, null, 'too few values for a distance: 212 of 500'))
    assert.match(page, /212 of 500/)
    assert.ok(!page.includes('KS '))
  })
})

describe('a chart over time', () => {
  const drawn: OverTime = {
    id: 't', title: 'Change', description: 'x', fromMs: 0, toMs: 40, stepMs: 10, thresholds: [2, -2], marks: [{ atMs: 20, type: 'firing' }, { atMs: 99, type: 'resolved' }],
    lines: [{ name: 'B − A', letter: 'B', className: 'effect', points: [{ atMs: 0, value: 0, low: -1, high: 1 }, { atMs: 10, value: 1, low: 0, high: 2 }, { atMs: 40, value: 4, low: 3, high: 5 }] }],
    show: figure, fromZero: true,
  } // prettier-ignore
  const elements = elementsOf(String(overTime(drawn)))
  const pathOf = (className: string): string => elements.find(({ attributes }) => attributes.get('class') === className)!.attributes.get('d')! // prettier-ignore

  it('breaks the line where nothing is known, and the band with it', () => {
    assert.equal(pathOf('line effect').split('M').length - 1, 2)
    assert.equal(pathOf('band effect').split('M').length - 1, 1, 'one point alone has no band')
  })

  it('marks thresholds across and alerts at their time, those inside the range only', () => {
    assert.equal(elements.filter(({ attributes }) => attributes.get('class') === 'limit').length, 2)
    const marks = elements.filter(
      ({ name, attributes }) => name === 'line' && attributes.get('class')?.startsWith('mark'),
    )
    assert.deepEqual(marks.map(({ attributes }) => [attributes.get('class'), attributes.get('x1')]), [['mark firing', '50%']]) // prettier-ignore
    assert.ok(elements.some(({ name, text }) => name === 'text' && text === 'F'))
  })

  it('leaves out letters that would stand on each other, of the news before those of a beginning', () => {
    const marks = [20, 20.5, 21, 22, 30].map((atMs, at) => ({ atMs, type: at === 1 ? ('firing' as const) : ('updated' as const) })) // prettier-ignore
    const crowded = elementsOf(overTime({ ...drawn, marks }).toString())
    const letters = crowded.filter(({ name, attributes }) => name === 'text' && attributes.get('class')?.startsWith('mark')).map(({ text }) => text) // prettier-ignore
    assert.deepEqual(letters, ['F', 'u'])
    assert.equal(crowded.filter(({ name, attributes }) => name === 'line' && attributes.get('class')?.startsWith('mark')).length, 5) // prettier-ignore
  })

  it('says in its table what is drawn, and leaves out what is not known', () => {
    assert.deepEqual(cellsOf(elements), ['0', '−1 to 1', '', '1', '0 to 2', '', '4', '3 to 5', ''])
  })
})

describe('scales', () => {
  it('are round, hold all values, and are never empty', () => {
    assert.deepEqual(scaleOf([0, 0.021], 100).ticks, [0, 0.01, 0.02, 0.03])
    assert.deepEqual(scaleOf([-3, 8], 100).ticks, [-5, 0, 5, 10])
    assert.deepEqual(scaleOf([], 100).ticks.at(-1), 1)
    assert.ok(scaleOf([7, 7], 100).high > 7 && scaleOf([7, 7], 100).low < 7)
    const { y } = scaleOf([0, 10], 100)
    assert.deepEqual([y(0), y(10)], [100, 0])
    assert.ok(scaleOf([1e-12, 3e-12], 100).ticks.length <= 6)
    assert.ok(scaleOf([NaN, Infinity, 2], 100).high >= 2)
  })

  it('of time have at most as many marks as fit', () => {
    for (const hours of [1, 5, 24, 48, 24 * 28]) {
      const ticks = timeTicks(0, hours * 3_600_000)
      assert.ok(ticks.length >= 1 && ticks.length <= 5, `${hours} h: ${ticks.length}`)
    }
  })
})

describe('a sparkline', () => {
  const paths = (a: (number | null)[], b: (number | null)[], spanMin = 0): string[] =>
    elementsOf(String(sparkline({ a, b, spanMin }))).flatMap(({ attributes }) => attributes.get('d') ?? [])

  it('has both lines on one scale, in relative steps, with holes', () => {
    assert.deepEqual(paths([0, 1, null, 1], [1, 1, 1, 1]), ['M0 19l9-18M27 1h3', 'M0 1l9 0 9 0 9 0'])
  })

  it('does not blow up what hardly moves', () => {
    assert.deepEqual(paths([1, 1.001], [1, 1], 1), ['M0 10l9 0', 'M0 10l9 0'])
  })

  it('is nothing where nothing is known', () => {
    assert.equal(String(sparkline({ a: [null], b: [], spanMin: 1 })), '')
  })

  it('is thinned to means', () => {
    assert.deepEqual(thinned([1, 3, null, 5, null, null, 7], 2), [2, 5, null, 7])
    assert.deepEqual(thinned([1, null], 1), [1, null])
  })
})

describe('bars', () => {
  it('end where their whole is', () => {
    const width = (bar: unknown): string => rectsOf(elementsOf(String(bar)), 'bar')[0]!.attributes.get('width')!
    assert.deepEqual([meterBar(0.5), meterBar(7), meterBar(-1)].map(width), ['50%', '100%', '0%'])
    assert.deepEqual([changeBar(1, 2), changeBar(-2, 2), changeBar(0, 0)].map(width), ['25%', '50%', '0%'])
  })
})

describe('pictures in letters', () => {
  it('are as high as what they show, both on one scale', () => {
    const lines = (a: (number | null)[], b: (number | null)[], spanMin = 0) => Object.values(textSparklines({ a, b, spanMin })) // prettier-ignore
    assert.deepEqual(lines([0, 1, 2, null, 7], [7, 7, 0, 0, 3]), ['▁▂▃·█', '██▁▁▄'])
    assert.deepEqual(lines([5, 5], [5]), ['▁▁', '▁'])
    assert.deepEqual(lines([5, 5.1], [5], 10), ['▄▅', '▄'])
    assert.deepEqual(lines([], [null]), ['', ''])
  })

  it('are as long as their part, in eighths of a letter', () => {
    assert.deepEqual([0, 0.5, 1, 7].map((part) => textBar(part, 4)), ['    ', '██  ', '████', '████']) // prettier-ignore
    assert.equal(textBar(0.28, 4), '█▏  ')
  })
})

describe('figures', () => {
  it('have four digits at most, a true minus, and a dash for what is not known', () => {
    assert.deepEqual([1234567, -0.043567, 0, 1e-7, -0.0000219, null, NaN, -12345, 2e20].map(figure), ['1,234,567', '−0.04357', '0', '1e-7', '−0.0000219', '–', '–', '−12,345', '2e+20']) // prettier-ignore
    assert.deepEqual([0, 0.0213, null].map(shareText), ['0.0 %', '2.1 %', '–'])
    assert.deepEqual([binName(0, 0), binName(1, 2), binName(3, 3.0001)], ['0', '1 to 2', 'about 3'])
  })
})

function rectsOf(elements: readonly Element[], className: string): Element[] {
  return elements.filter(({ name, attributes }) => name === 'rect' && `${attributes.get('class')} `.startsWith(`${className} `)) // prettier-ignore
}

function heights(rects: readonly Element[]): number[] {
  return rects.map(({ attributes }) => Number(attributes.get('height')))
}

function cellsOf(elements: readonly Element[]): string[] {
  return elements.filter(({ name }) => name === 'td').map(({ text }) => text)
}
