import { createRequire } from 'node:module'
import { CategoricalColumn } from '../src/sketch/categorical-column.ts'
import { Dictionary } from '../src/sketch/dictionary.ts'
import { NumericColumn } from '../src/sketch/numeric-column.ts'
import { TDigest } from '../src/sketch/t-digest.ts'
import { UnitHash } from '../src/sketch/unit-hash.ts'
import { UnitSample } from '../src/sketch/unit-sample.ts'
import { bestOf } from './cpu-time.ts'
import type { BenchOptions, Row } from './row.ts'

/** What one value costs in each sketch, as a multiple of the npm package `tdigest`, which keeps no buckets. */
export async function sketchRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  // A power of two, so that a mask walks around.
  const VALUES = scale < 1 ? 1 << 13 : 1 << 18
  const MASK = VALUES - 1
  const { cohorts, buckets, values, fewNames, manyNames, units } = makeData(VALUES)
  const { TDigest: NpmDigest } = createRequire(import.meta.url)('tdigest') as {
    TDigest: new () => { push(value: number): void }
  }
  const npm = bestOf(3, VALUES / 4, () => {
    const digest = new NpmDigest()
    for (let at = 0; at < VALUES / 4; at++) digest.push(values[at]!)
  })
  const row = (name: string, ns: number, note?: string): Row => {
    return { name, ns, per: 'value', ratio: ns / npm, goal: 'of T', ...(note === undefined ? {} : { note }) }
  }

  /** `fields` columns side by side, closed and made anew every `paneLength` values; closing is part of it. */
  const numeric = (fields: number, paneLength: number): number =>
    bestOf(5, VALUES * fields, () => {
      for (let from = 0; from < VALUES; from += paneLength) {
        const columns = Array.from({ length: fields }, () => new NumericColumn())
        for (let at = from; at < from + paneLength; at++) {
          const here = at & MASK
          for (let field = 0; field < fields; field++) {
            columns[field]!.add(cohorts[here] as 0 | 1, buckets[here]!, values[(here + field * 999) & MASK]!)
          }
        }
        for (const column of columns) column.close()
      }
    })
  const categorical = (names: readonly string[], paneLength: number): number =>
    bestOf(5, VALUES, () => {
      const dictionary = new Dictionary()
      for (let from = 0; from < VALUES; from += paneLength) {
        const column = new CategoricalColumn(dictionary)
        for (let at = from; at < from + paneLength; at++) {
          column.add(cohorts[at & MASK] as 0 | 1, buckets[at & MASK]!, names[at & MASK]!)
        }
        column.close()
      }
    })

  const unitHash = new UnitHash('evenkeel')
  const hashing = bestOf(5, VALUES, () => {
    for (const unit of units) unitHash.hash(unit)
  })
  const words = units.map((unit) => {
    unitHash.hash(unit)
    return [unitHash.first, unitHash.second] as const
  })
  const sampling = (sample: () => UnitSample): number =>
    bestOf(5, VALUES, () => {
      const into = sample()
      for (const [first, second] of words) into.add(first, second, 1)
    })
  const full = new UnitSample()
  for (const [first, second] of words) full.add(first, second, 1)

  return [
    { name: 'T: npm tdigest, push', ns: npm, per: 'value' },
    row('numeric column, one large pane', numeric(1, VALUES)),
    row('numeric column, panes of 5,000 values', numeric(1, 5000)),
    row('numeric column, panes of 100 values', numeric(1, 100)),
    row('numeric column, 32 fresh ones alternately, 5,000 values each', numeric(32, 5000)),
    row('categorical column, 10 names, one large pane', categorical(fewNames, VALUES)),
    row('categorical column, 10 names, panes of 5,000 values', categorical(fewNames, 5000)),
    row('categorical column, 100,000 names, one large pane', categorical(manyNames, VALUES)),
    row(
      'our t-digest, add',
      bestOf(3, VALUES, () => addAll(new TDigest(), values)),
    ),
    row('unit hash, 16 characters', hashing),
    row(
      'unit sample, distinct units',
      sampling(() => new UnitSample()),
    ),
    row(
      'unit sample, when full',
      sampling(() => full),
    ),
    ...closeRows(cohorts, buckets, values, scale),
  ]
}

function closeRows(cohorts: Uint8Array, buckets: Uint8Array, values: Float64Array, scale: number): Row[] {
  const MASK = values.length - 1
  const filled = (length: number): NumericColumn => {
    const column = new NumericColumn()
    for (let at = 0; at < length; at++) column.add(cohorts[at & MASK] as 0 | 1, buckets[at & MASK]!, values[at & MASK]!)
    return column
  }
  return [5000, 100_000].map((length) => {
    const columns = Array.from({ length: 10 }, () => Array.from({ length: 50 }, () => filled(length * scale)))
    let bytes = 0
    const ns = bestOf(10, 50, () => {
      bytes = 0
      for (const column of columns.pop()!) {
        const { histograms, table } = column.close()
        for (const sketch of [...histograms, table]) bytes += sketch.encode().length
      }
    })
    const name = `closing and encoding a numeric column of ${length.toLocaleString('en')} values`
    return { name, ns, per: 'column', note: `${Math.round(bytes / 50)} bytes` }
  })
}

function addAll(digest: TDigest, values: Float64Array): void {
  for (const value of values) digest.add(value)
}

function makeData(VALUES: number) {
  let state = 12345
  const random = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  return {
    cohorts: Uint8Array.from({ length: VALUES }, () => (random() < 0.5 ? 0 : 1)),
    buckets: Uint8Array.from({ length: VALUES }, () => random() * 256),
    values: Float64Array.from({ length: VALUES }, () => Math.exp(random() + random() + random() - 1.5)),
    fewNames: Array.from({ length: VALUES }, () => `name ${Math.floor(random() * 10)}`),
    manyNames: Array.from({ length: VALUES }, () => `name ${Math.floor(random() * 100_000)}`),
    units: Array.from({ length: VALUES }, () => `user-${Math.floor(random() * 1e9)}`.padEnd(16, '0')),
  }
}
