import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ValueHistogram } from '../../src/sketch/value-histogram.ts'
import { fieldDistances } from '../../src/view/field-distances.ts'
import type { CohortWindow } from '../../src/view/field-window.ts'

function numbers(values: readonly number[]): CohortWindow {
  const histogram = new ValueHistogram()
  for (const value of values) histogram.add(value)
  return { histogram } as unknown as CohortWindow
}
const oneTo = (count: number, step = 1): number[] => Array.from({ length: count }, (_, at) => 1 + Math.floor(at * step))

describe('the distances of a field', () => {
  it('begin at 500 values on a side', () => {
    const enough = numbers(oneTo(500))
    assert.equal(fieldDistances('numeric', enough, enough).psi, 0)
    const tooFew = numbers(oneTo(499))
    for (const [a, b] of [[enough, tooFew], [tooFew, enough]] as const) {
      assert.deepEqual(fieldDistances('numeric', a, b), { psi: null, ks: null, js: null, wassersteinRatio: null })
    } // prettier-ignore
  })

  it('are over ten quantile cells of the reference: all of its lowest tenth is 0.9·ln 10 and nine times a tenth lost', () => {
    const { psi, ks } = fieldDistances('numeric', numbers(oneTo(1000)), numbers(oneTo(1000, 0.1)))
    const lost = (0.1 - 1e-4) * Math.log(0.1 / 1e-4)
    assert.ok(Math.abs(psi! - (0.9 * Math.log(10) + 9 * lost)) < 1e-9, `${psi}`)
    assert.ok(Math.abs(ks! - 0.9) < 1e-9, `${ks}`)
  })
})
