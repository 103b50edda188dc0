import fc from 'fast-check'
import { COMPLEX } from '../../src/decode/decoder.ts'
import type { Shape, SlotValue } from '../../src/decode/decoder.ts'
import { Counted } from '../../src/pane/counted.ts'
import { OpenPane } from '../../src/pane/open-pane.ts'
import { CONTROL, UNKNOWN } from '../../src/pane/pane.ts'
import type { Cohort, Pane, Tallies } from '../../src/pane/pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import type { StreamPlan } from '../../src/pane/plan.ts'
import type { SegmentPlan } from '../../src/pane/segments.ts'
import { UnitHash } from '../../src/sketch/unit-hash.ts'
import { PANES, streamConfig, streamsOf } from './streams.ts'

/** What observe found out about one record, to be counted into tallies by the real `OpenPane`. */
export interface Fact {
  what: 'accepted' | 'repeat' | 'late' | 'rejected' | 'synthetic'
  cohort: Cohort
  unit: number
  price: SlotValue
  country: SlotValue
  plan: SlotValue
  member: SlotValue
  shape: number
}

const config = streamConfig({
  engagement: [
    { name: 'click_rate', kind: 'rate', field: 'member', equals: 'true' },
    { name: 'spend', kind: 'ratio', numerator: { stream: 'impressions', sum: 'price' }, per: 'impressions' },
  ],
})
export const PLAN: StreamPlan = planStream(config, streamsOf(config))
export const DIGEST = 'sha256:configuration'

export const facts: fc.Arbitrary<Fact> = fc.record({
  what: fc.constantFrom('accepted', 'accepted', 'accepted', 'accepted', 'repeat', 'late', 'rejected', 'synthetic'),
  cohort: fc.constantFrom<Cohort>(0, 1, 0, 1, 0, 1, 2, 3),
  unit: fc.nat(300),
  price: fc.oneof(
    fc.double(),
    fc.integer({ min: -5, max: 1200 }),
    fc.constantFrom<SlotValue>(0, null, undefined, 'x', 7n, COMPLEX),
  ),
  country: fc.oneof(
    fc.nat(90).map((at) => `c${at}`),
    fc.constantFrom<SlotValue>('', 'é', '\u{1f600}', null, undefined, 12, true),
  ),
  plan: fc.constantFrom<SlotValue>('free', 'pro', 'gold', null, undefined),
  member: fc.constantFrom<SlotValue>(true, false, null, undefined, 1),
  shape: fc.nat(4),
})

const SHAPES: readonly Shape[] = Array.from({ length: 5 }, (_, at) => ({
  kind: 'shape',
  schemaId: `id:${at % 3}`,
  fields: [`price:double`, `field${at}:string`],
  timeUnit: null,
}))

/** Counts facts as one pane would. */
export function count(all: readonly Fact[], plan: StreamPlan = PLAN, segments: SegmentPlan | null = null): Tallies {
  const pane = new OpenPane(plan, new Counted(), segments)
  const unit = new UnitHash('evenkeel')
  for (const fact of all) {
    unit.hash(`u${fact.unit}`)
    const shape = SHAPES[fact.shape]!
    if (fact.what === 'synthetic') pane.synthetic()
    else if (fact.what === 'late') pane.late(fact.cohort, unit, shape)
    else if (fact.what === 'rejected') pane.reject('bad-timestamp', 'ts', fact.cohort, unit, shape)
    else
      pane.accept(
        fact.cohort === UNKNOWN ? CONTROL : fact.cohort,
        unit,
        shape,
        valuesOf(fact, plan),
        fact.what === 'repeat',
      )
  }
  return pane.close()
}

export function paneOf(tallies: Tallies, place: Partial<Pane> = {}): Pane {
  const pane = { stream: PLAN.stream, partition: 0, startMs: 0, lengthMs: PANES.lengthMs, idle: false, lost: 0 }
  return { ...pane, paneConfigDigest: DIGEST, tallies, ...place }
}

function valuesOf(fact: Fact, plan: StreamPlan): SlotValue[] {
  const values = { price: fact.price, country: fact.country, plan: fact.plan, member: fact.member } as Record<
    string,
    SlotValue
  >
  return plan.paths.map((path) => values[path])
}
