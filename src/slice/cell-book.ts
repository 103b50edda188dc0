import assert from 'node:assert/strict'
import type { CellsFrozen } from '../ledger/record.ts'
import type { FieldPlan } from '../pane/plan.ts'
import { FieldCells } from './field-cells.ts'
import type { CellsWithCounts } from './freeze-cells.ts'
import type { Slice } from './slice.ts'

/**
 * The cells of all fields of a group: a pure fold over its slices, in order, and over the ledger's records.
 * After each slice it says which records are due; they must stand in the ledger before the next slice is assembled.
 * Boolean fields have no cells.
 */
export class CellBook {
  private readonly fields = new Map<string, Map<string, FieldCells>>()

  /** @param ofBaseline the cells that a verified baseline gives a field */
  constructor(
    stream: string,
    lengthMs: number,
    streams: readonly CellStream[],
    ofBaseline: (fieldStream: string, field: string) => CellsWithCounts | null = () => null,
  ) {
    const slicesPerDay = Math.ceil(DAY_MS / lengthMs)
    for (const { stream: fieldStream, fields } of streams) {
      const withCells = fields.filter(({ kind }) => kind !== 'boolean')
      this.fields.set(
        fieldStream,
        new Map(
          withCells.map(({ name: field }) => {
            const name = { stream, fieldStream, field }
            return [field, new FieldCells(name, slicesPerDay, ofBaseline(fieldStream, field))]
          }),
        ),
      )
    }
  }

  addFrozen(body: CellsFrozen): void {
    this.fields.get(body.fieldStream)?.get(body.field)?.addFrozen(body)
  }

  addSlice(slice: Slice): void {
    for (const { name, tallies } of slice.streams) {
      const fields = this.fields.get(name)
      if (fields === undefined) continue
      // Every field of the plan, boolean ones included, in the plan's order.
      const withCells = tallies.fields.filter(({ kind }) => kind !== 'boolean')
      assert.equal(withCells.length, fields.size, `a slice of ${name} has other fields than its plan`)
      ;[...fields.values()].forEach((field, at) => field.addSlice(slice.number, withCells[at]!))
    }
  }

  /** In the order of the configuration. */
  due(): CellsFrozen[] {
    return [...this.fields.values()].flatMap((fields) => [...fields.values()].flatMap(({ due }) => due ?? []))
  }

  /** The cells that this slice's table is written on, whatever else is known by now; null = the finer table. */
  inForce(fieldStream: string, field: string, sliceNumber: number): CellsFrozen | null {
    return this.fields.get(fieldStream)?.get(field)?.inForce(sliceNumber) ?? null
  }
}

export interface CellStream {
  stream: string
  fields: readonly Pick<FieldPlan, 'name' | 'kind'>[]
}

const DAY_MS = 86_400_000
