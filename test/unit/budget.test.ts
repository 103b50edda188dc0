import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { zRequired } from '../../src/evidence/z-required.ts'
import { Budget, listMetrics, weightOfWhole } from '../../src/verdict/budget.ts'
import { configOf } from '../support/slices.ts'

const STREAM = {
  id: 'event_id',
  fields: [
    { name: 'price', kind: 'numeric' },
    { name: 'age', kind: 'numeric', range: [0, 120] },
    { name: 'item', kind: 'categorical', role: 'prediction' },
    { name: 'country', kind: 'categorical', role: 'segment' },
    { name: 'member', kind: 'boolean' },
    { name: 'clicked', kind: 'boolean', role: 'label' },
  ],
  engagement: [
    { name: 'click_rate', rate: { field: 'clicked', equals: true } },
    { name: 'revenue', ratio: { sum: 'revenue', per: 'events' } },
  ],
}

const namesIn = (config: ReturnType<typeof configOf>, share: string): string[] =>
  listMetrics(config.streams[0]!)
    .filter((metric) => metric.share === share)
    .map(({ check, field }) => (field === null ? check : `${check} ${field}`))

describe('the budget', () => {
  it('counts a boolean that a rate counts only there, and a segment only by its representation', () => {
    assert.deepEqual(namesIn(configOf(STREAM), 'features'), [
      'numeric price',
      'numeric age',
      'categorical item',
      'boolean member',
    ])
    assert.deepEqual(namesIn(configOf(STREAM), 'engagement'), ['engagement click_rate', 'engagement revenue'])
  })

  it('counts checks that are not built, so that building them moves no threshold', () => {
    assert.deepEqual(namesIn(configOf(STREAM), 'population'), [
      'sample-ratio',
      'volume',
      'cross-cohort',
      'representation country',
    ])
  })

  it('counts missing of every field and range of every number', () => {
    const quality = namesIn(configOf(STREAM), 'quality')
    assert.equal(quality.filter((name) => name.startsWith('missing')).length, 6)
    assert.deepEqual(
      quality.filter((name) => !name.startsWith('missing')),
      ['range price', 'range age', 'duplicates', 'lateness', 'schema'],
    )
  })

  it('leaves out what a configuration cannot have: a ratio without a plan, repeats without an id', () => {
    const bare = configOf({ ...STREAM, id: undefined, allocation: undefined })
    assert.deepEqual(namesIn(bare, 'population'), ['volume', 'cross-cohort', 'representation country'])
    assert.ok(!namesIn(bare, 'quality').includes('duplicates'))
  })

  it('divides by metric, contrast, window class and look, as a hand would', () => {
    const budget = new Budget(configOf(STREAM))
    assert.equal(budget.metricsIn('features'), 4)
    assert.equal(budget.metricsIn('quality'), 11)
    assert.deepEqual([budget.looks.length, budget.looks[0], budget.looks[10]], [11, 4032, 32])
    // 14 days of five minutes are 4,032 slices; ten levels make eleven classes.
    const z = budget.zRequired('features', 0.3)
    assert.equal(z.length, 11)
    assert.equal(z[0], zRequired((0.01 * 0.5 * 0.3) / 4 / 11 / 4032))
    assert.equal(z[1], zRequired((0.01 * 0.5 * 0.3) / 4 / 11 / (2 * 4032)))
    // Level 9 is looked at every 256 slices: 2 · ⌈4,032 / 256⌉ = 32 looks.
    assert.equal(z[10], zRequired((0.01 * 0.5 * 0.3) / 4 / 11 / 32))
  })

  it('counts over all streams of the configuration', () => {
    const config = configOf(STREAM)
    const twice = { ...config, streams: [config.streams[0]!, { ...config.streams[0]!, name: 'other' }] }
    assert.equal(new Budget(twice).metricsIn('features'), 8)
  })

  it('keeps half of a metric for its segments from the start, unless segments are off or there are none', () => {
    const weight = (config: ReturnType<typeof configOf>): number => weightOfWhole(config.streams[0]!, config.policy)
    assert.equal(weight(configOf(STREAM)), 0.5)
    assert.equal(weight(configOf(STREAM, { segments: 'off' })), 1)
    assert.equal(weight(configOf({ ...STREAM, fields: [{ name: 'price', kind: 'numeric' }] })), 1)
  })
})
