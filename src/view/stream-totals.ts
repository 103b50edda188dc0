import type { StreamConfig } from '../config/shape.ts'
import { VIOLATION_REASONS } from '../contract/violation.ts'
import type { CohortFacts, StreamFacts } from '../http/facts.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import { UnitSample } from '../sketch/unit-sample.ts'
import type { Slice, StreamSlice } from '../slice/slice.ts'
import { EventCounts } from './event-counts.ts'
import { FieldWindow } from './field-window.ts'
import { SetAsideBook } from './set-aside.ts'

/** One stream since its watch began: what `/api/v1/streams` and a report say of it. Does not grow with the number of slices. */
export class StreamTotals {
  private readonly stream: StreamConfig
  private readonly windows: FieldWindow[]
  private readonly counts = new EventCounts()
  private readonly setAside = new SetAsideBook()
  private readonly accepted = { control: 0, candidate: 0, other: 0 }
  private readonly units = new UnitSample()
  private readonly otherUnits = new UnitSample()
  private fromMs: number | null = null
  private toMs: number | null = null
  private slices = 0
  private incompleteSlices = 0
  /** Made when somebody asks, kept until the next slice. */
  private shown: StreamFacts | null = null

  constructor(stream: StreamConfig) {
    this.stream = stream
    this.windows = stream.fields.map(({ kind }) => new FieldWindow(kind))
  }

  add(slice: Slice): void {
    const own = slice.streams.find(({ name }) => name === this.stream.name)!
    this.shown = null
    this.fromMs ??= slice.startMs
    this.toMs = slice.startMs + slice.lengthMs
    this.slices++
    if (!isComplete(own)) this.incompleteSlices++
    this.counts.add(own.tallies)
    this.setAside.add(own.tallies, slice.startMs, slice.lengthMs)
    const { cohorts, other, units, otherUnits } = own.tallies
    this.accepted.control += cohorts[CONTROL].accepted.total + cohorts[CONTROL].repeats.total
    this.accepted.candidate += cohorts[CANDIDATE].accepted.total + cohorts[CANDIDATE].repeats.total
    this.accepted.other += other.accepted + other.repeats
    this.units.merge(units)
    this.otherUnits.merge(otherUnits)
    this.windows.forEach((window, position) => window.add(own.tallies.cohorts, own.tallies.fields[position]!))
  }

  /** End of the last slice; null before the first. */
  get endMs(): number | null {
    return this.toMs
  }

  facts(): StreamFacts {
    return (this.shown ??= this.summary())
  }

  private summary(): StreamFacts {
    const { name, topic, fields, engagement } = this.stream
    return {
      name,
      topic,
      fromMs: this.fromMs,
      toMs: this.toMs,
      slices: this.slices,
      incompleteSlices: this.incompleteSlices,
      events: { ...this.counts.events },
      violations: Object.fromEntries([...VIOLATION_REASONS, 'other'].flatMap((reason) => this.violation(reason))),
      setAside: this.setAside.facts(),
      cohorts: this.cohorts(),
      fields: fields.map((field, position) => ({
        name: field.name,
        kind: field.kind,
        role: field.role,
        control: this.windows[position]!.summary(CONTROL),
        candidate: this.windows[position]!.summary(CANDIDATE),
      })),
      metrics: engagement.map((metric) => metric.name),
    }
  }

  private violation(reason: string): [string, number][] {
    const count = this.counts.violations.get(reason) ?? 0
    return count === 0 ? [] : [[reason, count]]
  }

  private cohorts(): CohortFacts[] {
    const { control, candidate } = this.stream.cohort
    return [
      { name: 'control', values: control, ...unitsOf(this.units, CONTROL_MASK, this.accepted.control) },
      { name: 'candidate', values: candidate, ...unitsOf(this.units, CANDIDATE_MASK, this.accepted.candidate) },
      { name: 'other', values: [], ...unitsOf(this.otherUnits, OTHER_MASK, this.accepted.other) },
    ]
  }
}

/** Every partition was closed through the slice. */
export function isComplete(slice: Pick<StreamSlice, 'partitions'>): boolean {
  return slice.partitions.every(({ pane }) => pane !== 'incomplete')
}

const CONTROL_MASK = 1
const CANDIDATE_MASK = 2
const OTHER_MASK = 4

/** An estimate may come out a little above what there can be: every unit has sent an event. */
function unitsOf(
  sample: UnitSample,
  mask: number,
  events: number,
): { events: number; units: number; unitsEstimated: boolean } {
  const { units, estimated } = sample.estimate(mask)
  return { events, units: Math.min(units, events), unitsEstimated: estimated }
}
