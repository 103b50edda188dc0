import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { binContrast, contrast, omnibusContrast, scoreContrast } from '../../src/evidence/contrasts.ts'
import { scoreTables } from '../../src/evidence/quantile-cuts.ts'
import { cellTerm } from '../../src/evidence/terms.ts'

const x = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 64, size: 'max' })

describe('a contrast', () => {
  it('knows its formula', () => {
    assert.deepEqual(contrast([1, 2, 3, 4], 20, 5), {
      u: 10,
      v: 30,
      z: 10 / Math.sqrt(30),
      effect: 0.5,
      se: Math.sqrt(((30 - 25) * 4) / 3) / 20,
      designEffect: 20 / 3 / 5,
    })
  })

  it('never has less variance than independent events: the floor', () => {
    const sure = contrast([1, 1, 1, 1], 20, 100)
    assert.deepEqual([sure.v, sure.z, sure.se, sure.designEffect], [100, 0.4, 0.5, 1])
  })

  it('says nothing without weight or without variance', () => {
    const nothing = { z: 0, effect: 0, se: 0, designEffect: 1 }
    assert.deepEqual(contrast([1, 2], 0, 1), { u: 3, v: 5, ...nothing })
    assert.deepEqual(contrast([0, 0], 3, 0), { u: 0, v: 0, ...nothing })
  })

  it('has z of at most √(buckets that hold data), and is a number even if all buckets agree', () => {
    fc.assert(
      fc.property(x, (values) => {
        const { z, se } = contrast(values, 1, 0)
        assert.ok(Math.abs(z) <= Math.sqrt(values.filter((value) => value !== 0).length) + 1e-9)
        assert.ok(Number.isFinite(se))
      }),
    )
    // Of equal buckets Σ x² − u²/B is 0, up to a rounding that may be negative.
    for (let buckets = 2; buckets <= 256; buckets += 1) {
      assert.ok(Number.isFinite(contrast(new Array(buckets).fill(0.1), 1, 0).se), `${buckets} buckets`)
    }
  })

  it('changes sign with its buckets, and its z does not depend on their scale', () => {
    fc.assert(
      fc.property(x, fc.double({ min: 0.1, max: 10, noNaN: true }), (values, factor) => {
        const plain = contrast(values, 7, 1)
        const mirrored = contrast(values.map((value) => -value), 7, 1) // prettier-ignore
        assert.ok(plain.z === -mirrored.z && plain.effect === -mirrored.effect && plain.se === mirrored.se)
        const scaled = contrast(values.map((value) => value * factor), 7 * factor, factor * factor) // prettier-ignore
        assert.ok(Math.abs(scaled.z - plain.z) < 1e-9 && Math.abs(scaled.effect - plain.effect) < 1e-6)
      }),
    )
  })
})

describe('contrasts of a field', () => {
  const { p1, p2 } = scoreTables([50, 50, 50, 50])
  /** Of every unit bucket one count list in either cohort. */
  const termOf = (control: number[], candidate: number[]) => {
    const table = (counts: number[]): number[] => Array.from({ length: 32 }, () => counts).flat()
    return cellTerm(table(control), table(candidate), 32, 4, [p1, p2])
  }

  it('see a shift as location: values that moved up have a positive effect', () => {
    const term = termOf([4, 3, 2, 1], [1, 2, 3, 4])
    assert.ok(scoreContrast(term, 0, p1).effect > 0.3)
    assert.ok(Math.abs(scoreContrast(term, 1, p2).effect) < 1e-12)
  })

  it('see values that moved outwards as spread: wider is positive', () => {
    const term = termOf([1, 4, 4, 1], [4, 1, 1, 4])
    assert.ok(scoreContrast(term, 1, p2).effect > 0.2)
    assert.ok(Math.abs(scoreContrast(term, 0, p1).effect) < 1e-12)
  })

  it('see a cell as the difference of shares', () => {
    assert.ok(Math.abs(binContrast(termOf([5, 5, 5, 5], [7, 4, 5, 4]), 0).effect - (7 - 5) / 20) < 1e-12)
  })

  it('see any change of shape in the omnibus, with √(Σ δ²/p(1−p)), Cohen’s w, as effect', () => {
    const { z, effect } = omnibusContrast(termOf([5, 5, 5, 5], [7, 3, 7, 3]))
    // Shares move by 0.1 around pooled 0.3, 0.2, 0.3, 0.2.
    const cohenW = Math.sqrt(2 * (0.01 / 0.21) + 2 * (0.01 / 0.16))
    assert.ok(z > 3)
    assert.ok(Math.abs(effect - cohenW) < 1e-12, `${effect} against ${cohenW}`)
  })

  it('see nothing in the omnibus where the odd buckets contradict the even ones', () => {
    const rows = Array.from({ length: 32 }, (_, h) => (h % 2 === 0 ? [7, 3] : [3, 7]))
    const term = cellTerm(new Array(64).fill(5), rows.flat(), 32, 2, [])
    const { z, effect } = omnibusContrast(term)
    assert.ok(z < 0)
    assert.equal(effect, 0)
  })

  it('are all 0 between equal cohorts', () => {
    const term = termOf([4, 3, 2, 1], [4, 3, 2, 1])
    const values = [scoreContrast(term, 0, p1), scoreContrast(term, 1, p2), binContrast(term, 2), omnibusContrast(term)]
    for (const { u, z, effect } of values) assert.deepEqual([u, z, effect].map(Math.abs), [0, 0, 0])
  })
})
