import { fieldViolation } from '../contract/field.ts'
import type { SettingAsideReason, ViolationReason } from '../contract/violation.ts'
import type { Shape, SlotValue } from '../decode/decoder.ts'
import { textOf } from '../decode/text.ts'
import { CategoricalColumn } from '../sketch/categorical-column.ts'
import { NumericColumn } from '../sketch/numeric-column.ts'
import type { Counted } from './counted.ts'
import { CANDIDATE, CONTROL, OTHER, UNKNOWN } from './pane.ts'
import type { Cohort, FieldCounts, Tallies } from './pane.ts'
import type { FieldPlan, StreamPlan } from './plan.ts'
import { createSegments, SegmentCounter } from './segments.ts'
import type { SegmentPlan } from './segments.ts'
import { capCounts, createTallies, violationPair } from './tallies.ts'

/** A unit as observe sees it: two hash words; the bucket is the low 8 bits of the second. */
export interface UnitWords {
  first: number
  second: number
}

/**
 * One partition's five minutes while they last. Everything here only adds; `close` turns the columns into sketches.
 *
 * Values of a field do not go into its sketch one by one but into its column, which folds many at once: a third of the time.
 */
export class OpenPane {
  readonly tallies: Tallies
  private readonly plan: StreamPlan
  private readonly counted: Counted
  private readonly columns: (NumericColumn | CategoricalColumn | null)[]
  private readonly shapes = new Map<Shape, number>()
  /** null = this pane does not count inside segments. */
  private readonly segments: SegmentCounter | null = null
  private lastShape: Shape | null = null
  private lastShapeCount = 0

  constructor(plan: StreamPlan, counted: Counted, segments: SegmentPlan | null = null) {
    this.plan = plan
    this.counted = counted
    this.tallies = createTallies(plan)
    if (segments !== null) {
      this.tallies.segments = createSegments(plan, segments)
      this.segments = new SegmentCounter(plan, segments, this.tallies.segments)
    }
    this.columns = plan.fields.map(newColumn)
  }

  /** An accepted record. A repeat of an id is counted as that, and enters nothing else. */
  accept(cohort: Cohort, unit: UnitWords, shape: Shape, values: readonly SlotValue[], isRepeat: boolean): void {
    this.countShape(shape)
    this.counted.accept(cohort, isRepeat)
    if (cohort === OTHER || cohort === UNKNOWN) return this.acceptOther(unit, values, isRepeat)
    const { tallies, plan } = this
    const counts = tallies.cohorts[cohort]
    const bucket = unit.second & 255
    tallies.units.add(unit.first, unit.second, cohort + 1)
    if (isRepeat) return counts.repeats.add(bucket)
    counts.accepted.add(bucket)
    this.segments?.count(cohort, bucket, values)
    const { fields, rates, sums } = plan
    for (let at = 0; at < fields.length; at++) this.addValue(at, fields[at]!, cohort, unit, values[fields[at]!.slot])
    for (let at = 0; at < rates.length; at++) {
      const value = values[rates[at]!.slot]
      if (textOf(value) === rates[at]!.equals) counts.rates[at]!.add(bucket)
    }
    for (let at = 0; at < sums.length; at++) {
      const value = values[sums[at]!.slot]
      if (typeof value === 'number' && Number.isFinite(value)) counts.sums[at]!.add(bucket, value)
      else if (typeof value === 'bigint') counts.sums[at]!.add(bucket, Number(value))
    }
  }

  /** A late record of known cohort or of cohort other. */
  late(cohort: Cohort, unit: UnitWords, shape: Shape): void {
    this.counted.late++
    this.countShape(shape)
    if (cohort === OTHER || cohort === UNKNOWN) this.outsideOf(cohort).late++
    else this.tallies.cohorts[cohort].late.add(unit.second & 255)
  }

  /** A rejected record. `unit` is null where it could not be read. */
  reject(reason: ViolationReason, field: string, cohort: Cohort, unit: UnitWords | null, shape: Shape | null): void {
    this.counted.reject(reason)
    if (shape !== null) this.countShape(shape)
    if (cohort === OTHER || cohort === UNKNOWN) this.outsideOf(cohort).rejected++
    else this.tallies.cohorts[cohort].rejected.add(unit === null ? 0 : unit.second & 255)
    this.countViolation(reason, field, cohort, unit)
  }

  synthetic(): void {
    this.counted.synthetic++
    this.tallies.synthetic++
  }

  /** The columns become sketches; nothing may be added afterwards. */
  close(): Tallies {
    this.columns.forEach((column, at) => {
      const field = this.tallies.fields[at]!
      if (column instanceof NumericColumn) {
        const { histograms, table } = column.close()
        field.histograms = histograms
        field.table = table
      } else if (column instanceof CategoricalColumn) {
        const { categories, table } = column.close()
        field.categories = categories
        field.table = table
      }
    })
    this.changeShape(null)
    this.foldShapes()
    this.tallies.units.inOrder()
    this.tallies.otherUnits.inOrder()
    return this.tallies
  }

  private addValue(
    at: number,
    field: FieldPlan,
    cohort: typeof CONTROL | typeof CANDIDATE,
    unit: UnitWords,
    value: SlotValue,
  ): void {
    const bucket = unit.second & 255
    // The two ordinary cases first: a finite number, a text without a declared vocabulary.
    if (typeof value === 'number' && field.kind === 'numeric') {
      const { range } = field
      if (value - value === 0) {
        ;(this.columns[at] as NumericColumn).add(cohort, bucket, value)
        if (range !== null && (value < range[0] || value > range[1])) {
          this.countsOf(at, cohort).outOfRange.add(bucket)
        }
      } else if (value !== value) this.countsOf(at, cohort).nan.add(bucket)
      else this.countsOf(at, cohort).infinite.add(bucket)
      return
    }
    if (typeof value === 'string' && field.kind === 'categorical' && field.vocabulary === null) {
      return (this.columns[at] as CategoricalColumn).add(cohort, bucket, value)
    }
    const violation = fieldViolation(field, value)
    if (violation !== null) this.setAside(violation, field.name, cohort, unit)
    const counts = this.countsOf(at, cohort)
    if (value === null) counts.nulls.add(bucket)
    else if (value === undefined) counts.absent.add(bucket)
    else if (violation !== null) counts.aside.add(bucket)
    else if (field.kind === 'boolean') {
      if (value === true) counts.trues.add(bucket)
    } else if (field.kind === 'numeric') this.addValue(at, field, cohort, unit, Number(value))
    else if (value !== value) counts.nan.add(bucket)
    else (this.columns[at] as CategoricalColumn).add(cohort, bucket, textOf(value)!)
  }

  private acceptOther(unit: UnitWords, values: readonly SlotValue[], isRepeat: boolean): void {
    this.tallies.otherUnits.add(unit.first, unit.second, OTHER_MASK)
    if (isRepeat) {
      this.tallies.other.repeats++
      return
    }
    this.tallies.other.accepted++
    for (const field of this.plan.fields) {
      const violation = fieldViolation(field, values[field.slot])
      if (violation !== null) this.setAside(violation, field.name, OTHER, unit)
    }
  }

  private setAside(reason: SettingAsideReason, field: string, cohort: Cohort, unit: UnitWords): void {
    this.counted.setAside(reason)
    this.countViolation(reason, field, cohort, unit)
  }

  private countViolation(reason: ViolationReason, field: string, cohort: Cohort, unit: UnitWords | null): void {
    const pair = violationPair(this.tallies.violations, reason, field)
    if (cohort === CONTROL || cohort === CANDIDATE) {
      pair.counts[cohort].add(unit === null ? 0 : unit.second & 255)
      return
    }
    pair.outside++
    if (unit === null) return
    const bucket = unit.second & 255
    pair.outsideBuckets[bucket >> 5]! |= 1 << (bucket & 31)
  }

  private outsideOf(cohort: Cohort): Tallies['other'] {
    return cohort === OTHER ? this.tallies.other : this.tallies.unknown
  }

  private countsOf(at: number, cohort: typeof CONTROL | typeof CANDIDATE): FieldCounts {
    return this.tallies.fields[at]!.counts[cohort]
  }

  /** Records mostly have the outline of the one before: then this is one increment. */
  private countShape(shape: Shape): void {
    if (shape !== this.lastShape) this.changeShape(shape)
    this.lastShapeCount++
  }

  private changeShape(shape: Shape | null): void {
    if (this.lastShape !== null) this.shapes.set(this.lastShape, (this.shapes.get(this.lastShape) ?? 0) + this.lastShapeCount) // prettier-ignore
    this.lastShape = shape
    this.lastShapeCount = 0
    // A producer may send a new outline with every record; folding early gives the same counts.
    if (this.shapes.size > SHAPES_MAX) this.foldShapes()
  }

  private foldShapes(): void {
    for (const [shape, count] of this.shapes) {
      capCounts(this.tallies.schemaIds, shape.schemaId, count)
      for (const field of shape.fields) capCounts(this.tallies.shapes, field, count)
    }
    this.shapes.clear()
  }
}

const OTHER_MASK = 4
const SHAPES_MAX = 256

function newColumn(field: FieldPlan): NumericColumn | CategoricalColumn | null {
  switch (field.kind) {
    case 'numeric':
      return new NumericColumn()
    case 'categorical':
      return new CategoricalColumn()
    case 'boolean':
      return null
  }
}
