import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UnitHash } from '../../src/sketch/unit-hash.ts'
import { UnitSample } from '../../src/sketch/unit-sample.ts'

const CONTROL = 1
const CANDIDATE = 2

describe('unit sample', () => {
  it('counts exactly up to its capacity', () => {
    const sample = sampleOf(0, 4096, () => CONTROL)
    assert.deepEqual(sample.estimate(CONTROL), { units: 4096, estimated: false })
    assert.equal(sample.limit, null)
  })

  it('estimates from its smallest hashes beyond that', () => {
    const sample = sampleOf(0, 200_000, (unit) => (unit % 4 === 0 ? CANDIDATE : CONTROL))
    const control = sample.estimate(CONTROL)
    assert.ok(control.estimated)
    // 1/√3,072 = 1.8 %; four of these.
    assert.ok(Math.abs(control.units / 150_000 - 1) < 0.072, `${control.units}`)
    const both = sample.estimate(CONTROL | CANDIDATE)
    assert.ok(Math.abs(both.units / 200_000 - 1) < 0.063, `${both.units}`)
  })

  it('is not biased: the mean over many salts is the truth', () => {
    let sum = 0
    for (let salt = 0; salt < 100; salt++)
      sum += sampleOf(0, 3000, () => CONTROL, 256, `salt ${salt}`).estimate(CONTROL).units
    // 1/√256 a sample, a tenth of it for a hundred: three of these.
    assert.ok(Math.abs(sum / 100 / 3000 - 1) < 0.019, `${sum / 100}`)
  })

  it('remembers every cohort a unit was seen in', () => {
    const sample = sampleOf(0, 100, () => CONTROL)
    sample.merge(sampleOf(50, 100, () => CANDIDATE))
    assert.equal(sample.estimate(CONTROL | CANDIDATE).units, 150)
    assert.equal(sample.entries().filter(({ mask }) => mask === (CONTROL | CANDIDATE)).length, 50)
  })

  it('of larger capacity keeps to the limit of the smaller samples it is made of', () => {
    const large = new UnitSample(65_536)
    const small = [0, 1, 2].map((part) => sampleOf(part * 20_000, 20_000, () => CONTROL))
    for (const sample of small) large.merge(sample)
    const limits = small.map((sample) => sample.limit!.first)
    assert.equal(large.limit!.first, Math.min(...limits))
    assert.ok(large.entries().every(({ first }) => first <= Math.min(...limits)))
    assert.ok(Math.abs(large.estimate(CONTROL).units / 60_000 - 1) < 0.05, `${large.estimate(CONTROL).units}`)
    assert.deepEqual(UnitSample.decode(large.encode()).encode(), large.encode())
  })

  it('of a few units is a few bytes', () => {
    assert.ok(sampleOf(0, 10, () => CONTROL).encode().length < 110)
  })
})

function sampleOf(
  from: number,
  length: number,
  maskOf: (unit: number) => number,
  capacity = 4096,
  salt = 'evenkeel',
): UnitSample {
  const unitHash = new UnitHash(salt)
  const sample = new UnitSample(capacity)
  for (let unit = from; unit < from + length; unit++) {
    unitHash.hash(`user-${unit}`)
    sample.add(unitHash.first, unitHash.second, maskOf(unit))
  }
  return sample
}
