import type { FieldFacts, ServiceFacts, ShownCheck, StreamFacts, StreamTrails } from '../../src/http/facts.ts'
import { subjectOf } from '../../src/verdict/subject.ts'
import { FROM_MS, fakeFacts, fakeCheck } from './fake-facts.ts'

const HOUR_MS = 3_600_000
const KINDS = ['numeric', 'categorical', 'boolean'] as const

/** A stream of as many fields as wanted, each with two days of hours and three checks: what a large feature store is like. */
export function wideFacts(fields: number): ServiceFacts {
  const stream = wideStream(fields)
  const trails = wideTrails(stream)
  const checks = stream.fields.flatMap(checksOf)
  return fakeFacts({
    streamNames: () => [stream.name],
    stream: (name) => (name === stream.name ? stream : null),
    trails: (name) => (name === stream.name ? trails : null),
    checks: () => checks,
    alerts: () => [],
    alertMarks: () => [],
    watchList: () => [],
    overall: () => ({ verdict: 'PASS', reason: `${checks.length} of ${checks.length} required checks passed` }),
  })
}

function wideStream(count: number): StreamFacts {
  const facts = fakeFacts().stream('impressions')!
  const fields = Array.from({ length: count }, (_, at): FieldFacts => {
    const summary = { ...facts.fields[0]!.control, missing: at % 4 === 0 ? 100 + at : 0 }
    return { name: `feature.group_${at % 17}.value_${at}`, kind: KINDS[at % 3]!, role: 'feature', control: summary, candidate: summary } // prettier-ignore
  })
  return { ...facts, toMs: FROM_MS + 48 * HOUR_MS, fromMs: FROM_MS, slices: 576, fields }
}

function wideTrails({ fields }: StreamFacts): StreamTrails {
  const startsMs = Array.from({ length: 48 }, (_, at) => FROM_MS + at * HOUR_MS)
  const trail = (field: FieldFacts, seed: number) =>
    startsMs.map((_, at) => ({
      count: 4_000,
      missingShare: field.control.missing > 0 ? 0.01 + noise(seed, at) * 0.004 : 0,
      value: 0.3 + noise(seed + 7, at) * 0.1,
    }))
  return {
    stepMs: HOUR_MS,
    startsMs,
    fields: fields.map((field, at) => ({ name: field.name, kind: field.kind, top: null, control: trail(field, at), candidate: trail(field, at + 1000) })), // prettier-ignore
  }
}

/** Of its own, and the same every time. */
function noise(seed: number, at: number): number {
  const mixed = Math.imul((seed * 7919 + at) | 0, 0x9e3779b1)
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296
}

function checksOf({ name, kind }: FieldFacts, at: number): ShownCheck[] {
  return ([kind, 'missing', 'schema'] as const).map((check) => {
    const reason = at % 5 === 0 ? `${check} ${name}: too little data: 212 of at least 500 events of the candidate that can be compared` : `${check} ${name}: nothing to see` // prettier-ignore
    const subject = subjectOf('impressions', check, name)
    return { ...fakeCheck(name, at % 5 === 0 ? 'INSUFFICIENT' : 'PASS'), ...subject, reason, evidence: { nats: (at % 90) / 10, thresholdNats: 20 } } // prettier-ignore
  })
}
