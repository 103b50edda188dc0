import { testBinOf } from '../evidence/quantile-cuts.ts'
import { canonicalJson } from '../ledger/canonical-json.ts'
import type { Cells, CellsFrozen } from '../ledger/record.ts'
import { lowestFullIndex } from '../sketch/bin-index.ts'
import { BinTable } from '../sketch/bin-table.ts'
import { HASH_BINS, hashBin } from '../sketch/category-table.ts'
import type { CategoryTable } from '../sketch/category-table.ts'
import type { CellTable } from '../sketch/cell-table.ts'

export { hashBin }

/**
 * The slice's table on frozen cells: what the judge compares (statistics.md 2).
 *
 * null when a table of hashed names meets cells of names: there is no way back from a hash to a name. The slice then keeps
 * its 64 hash bins, and the field turns to them (`CellBook`).
 */
export function cellsOf(
  table: BinTable | CategoryTable,
  { cut, cells }: Pick<CellsFrozen, 'cut' | 'cells'>,
): CellTable | null {
  const cellOfBin = table instanceof BinTable ? cellsOfBins(table, cells) : cellsOfCategories(table, cells)
  return cellOfBin === null ? null : table.onCells(cut, cellCount(cells), cellOfBin)
}

export function cellCount(cells: Cells): number {
  switch (cells.kind) {
    case 'numeric':
      return cells.cuts.length + 1
    case 'names':
      return cells.names.length + 1
    case 'hashed':
      return HASH_BINS
  }
}

export function areSameCells(left: Cells, right: Cells): boolean {
  return canonicalJson(left) === canonicalJson(right)
}

function cellsOfBins(table: BinTable, cells: Cells): number[] {
  if (cells.kind !== 'numeric') throw new TypeError(`a numeric field cannot have cells of ${cells.kind}`)
  return table.indices.map((index) => testBinOf(cells.cuts, lowestFullIndex(index, table.shift)))
}

function cellsOfCategories(table: CategoryTable, cells: Cells): number[] | null {
  switch (cells.kind) {
    case 'names': {
      if (table.hashed) return null
      const places = new Map(cells.names.map((name, at) => [name, at]))
      return table.names.map((name) => places.get(name) ?? cells.names.length)
    }
    case 'hashed':
      return table.hashed ? Array.from({ length: HASH_BINS }, (_, bin) => bin) : table.names.map(hashBin)
    case 'numeric':
      throw new TypeError('a categorical field cannot have numeric cells')
  }
}
