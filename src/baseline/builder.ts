import assert from 'node:assert/strict'
import { SliceChain } from '../alert/slice-chain.ts'
import type { StreamConfig } from '../config/shape.ts'
import type { Tallies } from '../pane/pane.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { UnitSample } from '../sketch/unit-sample.ts'
import type { SealedSlice } from '../slice/slice.ts'
import type { BaselineCohort, BaselineGroup, BaselineMetric, BaselineStream } from './baseline.ts'
import { CategoricalRows } from './categorical-rows.ts'
import type { CellRows } from './cell-rows.ts'
import { hourOf } from './hours.ts'
import { countRate, measuresOf } from './measures.ts'
import type { Measure } from './measures.ts'
import { NumericRows } from './numeric-rows.ts'
import { shapeOf } from './shape.ts'

/** Folds the slices of one group of streams, in order, into the figures of a baseline. */
export class BaselineBuilder {
  readonly #name: string
  readonly #streams: readonly StreamRows[]
  readonly #chain = new SliceChain()
  #paneConfigDigest: string | null = null

  /** @param streams of the group, by name ascending, as its slices hold them */
  constructor(streams: readonly { config: StreamConfig; plan: StreamPlan }[], cohort: BaselineCohort) {
    this.#name = streams[0]!.config.name
    this.#streams = streams.map(({ config, plan }) => new StreamRows(config, plan, COHORTS_OF[cohort]))
  }

  get sliceCount(): number {
    return this.#chain.judged.count
  }

  add(sealed: SealedSlice): void {
    const { slice } = sealed
    this.#paneConfigDigest ??= slice.paneConfigDigest
    assert.equal(slice.paneConfigDigest, this.#paneConfigDigest, 'slices of two configurations in one baseline')
    this.#chain.add(sealed)
    const hour = hourOf(slice.startMs)
    for (const rows of this.#streams) rows.add(hour, slice.streams.find(({ name }) => name === rows.name)!.tallies)
  }

  finish(): { group: BaselineGroup; streams: BaselineStream[] } {
    return {
      group: { name: this.#name, paneConfigDigest: this.#paneConfigDigest ?? '', slices: this.#chain.judged },
      streams: this.#streams.map((rows) => rows.finish()),
    }
  }
}

const COHORTS_OF: Record<BaselineCohort, readonly (0 | 1)[]> = { all: [0, 1], control: [0], candidate: [1] }

class StreamRows {
  readonly #config: StreamConfig
  readonly #cohorts: readonly (0 | 1)[]
  readonly #metrics: readonly { measure: Measure; rows: RateRows | NumericRows | CategoricalRows }[]
  readonly #hours = new Set<number>()
  readonly #units = new UnitSample()
  #events = 0

  constructor(config: StreamConfig, plan: StreamPlan, cohorts: readonly (0 | 1)[]) {
    this.#config = config
    this.#cohorts = cohorts
    this.#metrics = measuresOf(plan).map((measure) => ({ measure, rows: rowsOf(measure) }))
  }

  get name(): string {
    return this.#config.name
  }

  add(hour: number, tallies: Tallies): void {
    const cohorts = this.#cohorts
    const events = cohorts.reduce<number>((sum, cohort) => sum + tallies.cohorts[cohort].accepted.total, 0)
    if (events === 0) return
    this.#events += events
    this.#hours.add(hour)
    this.#units.merge(tallies.units)
    for (const { measure, rows } of this.#metrics) {
      if (rows instanceof RateRows) rows.add(hour, measure, tallies, cohorts)
      else {
        const field = tallies.fields[measure.at]!
        if (rows instanceof CategoricalRows) rows.add(hour, field, cohorts)
        else rows.add(hour, field.histograms!, cohorts.map((cohort) => field.histograms![cohort])) // prettier-ignore
      }
    }
  }

  finish(): BaselineStream {
    const hours = [...this.#hours].sort((left, right) => left - right)
    const mask = (this.#cohorts.includes(0) ? 1 : 0) | (this.#cohorts.includes(1) ? 2 : 0)
    const { units, estimated } = this.#units.estimate(mask)
    return {
      ...{ name: this.name, shape: shapeOf(this.#config), events: this.#events, units: { count: units, estimated } },
      hours,
      metrics: this.#metrics.map(({ measure: { measure, name }, rows }): BaselineMetric => {
        return { measure, name, ...rows.finish(hours) }
      }),
    }
  }
}

class RateRows {
  readonly #rows = new Map<number, { x: number; n: number }>()

  add(hour: number, measure: Measure, tallies: Tallies, cohorts: readonly (0 | 1)[]): void {
    const row = this.#rows.get(hour) ?? { x: 0, n: 0 }
    this.#rows.set(hour, row)
    for (const cohort of cohorts) {
      const { x, n } = countRate(measure, tallies, cohort)
      for (let bucket = 0; bucket < n.length; bucket++) {
        row.x += x[bucket]!
        row.n += n[bucket]!
      }
    }
  }

  finish(hours: readonly number[]): CellRows {
    const rows = hours.map((hour) => this.#rows.get(hour) ?? { x: 0, n: 0 })
    return { cells: null, counts: null, n: rows.map(({ n }) => n), x: [rows.map(({ x }) => x)] }
  }
}

function rowsOf({ cells }: Measure): RateRows | NumericRows | CategoricalRows {
  if (cells === null) return new RateRows()
  return cells === 'numeric' ? new NumericRows() : new CategoricalRows()
}
