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
    for (const isInOrder of [false, true]) {
      const sample = sampleOf(0, 100, () => CONTROL)
      if (isInOrder) sample.inOrder()
      sample.merge(sampleOf(50, 100, () => CANDIDATE))
      assert.equal(sample.estimate(CONTROL | CANDIDATE).units, 150)
      assert.equal(sample.entries().filter(({ mask }) => mask === (CONTROL | CANDIDATE)).length, 50)
    }
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

  it('is the same in whatever form its parts are: being filled, in order, or far smaller than it is', () => {
    for (const capacity of [64, 4096]) {
      const whole = sampleOf(0, 3000, (unit) => (unit % 3) + 1, capacity)
      const orders = [
        [900, 1000, 1100],
        [2700, 10, 290],
        [1, 2, 2997],
      ]
      for (const lengths of orders) {
        for (const isFilling of [false, true]) {
          const joined = new UnitSample(capacity)
          let from = 0
          for (const length of lengths) {
            const part = sampleOf(from, length, (unit) => (unit % 3) + 1, capacity)
            // Adding to it brings it back from order to where units come one by one.
            if (isFilling) addAgain(joined, from)
            joined.merge(part)
            assert.ok(part.entries().every(({ first, second, mask }) => part.maskOf(first, second) === mask))
            from += length
          }
          assert.deepEqual(joined.encode(), whole.encode(), `capacity ${capacity}, parts of ${lengths.join()}`)
        }
      }
    }

    function addAgain(sample: UnitSample, length: number): void {
      const [some] = sampleOf(0, length, (unit) => (unit % 3) + 1, 64).entries()
      if (some !== undefined) sample.add(some.first, some.second, some.mask)
    }
  })

  it('stays what it is when another that was made of it goes on', () => {
    const one = sampleOf(0, 500, () => CONTROL)
    const before = one.encode()
    const other = new UnitSample()
    other.merge(one)
    other.merge(sampleOf(400, 4000, () => CANDIDATE))
    for (const { first, second } of one.entries()) other.add(first, second, CANDIDATE)
    assert.deepEqual(one.encode(), before)
    assert.ok(one.entries().every(({ mask }) => mask === CONTROL))
  })

  it('knows whom it holds while it is filled and afterwards', () => {
    const sample = sampleOf(0, 50, () => CONTROL)
    const hash = new UnitHash('evenkeel')
    const masks = (): number[] =>
      [0, 49, 50].map((unit) => (hash.hash(`user-${unit}`), sample.maskOf(hash.first, hash.second)))
    assert.deepEqual(masks(), [CONTROL, CONTROL, 0])
    assert.equal(sample.inOrder().masks.length, 50)
    assert.deepEqual(masks(), [CONTROL, CONTROL, 0])
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
