import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CheckVerdict } from '../../src/verdict/check.ts'
import { overallVerdict } from '../../src/verdict/overall.ts'
import { alertReason } from '../../src/verdict/reason.ts'
import { subjectOf } from '../../src/verdict/subject.ts'
import type { Drift } from '../../src/verdict/watched.ts'

const AT_MS = Date.UTC(2026, 2, 2)
const drift = { told: 'it moved', n: { control: 900, candidate: 0 }, evidence: null } as unknown as Drift
const seen = (control: number, candidate: number) => ({
  control: { units: control, estimated: false },
  candidate: { units: candidate, estimated: false },
})

describe('the reason of an alert', () => {
  it('an update names its window, and since when the alert fires: never a start that lies after that', () => {
    const update = { toMs: AT_MS + 7_200_000, firedAtMs: AT_MS - 86_400_000 }
    const reason = alertReason(subjectOf('s', 'missing', 'x'), drift, { fromMs: AT_MS, update }, null, [])
    assert.match(reason, /it moved from 2026-03-02T00:00:00Z to 2026-03-02T02:00:00Z \(.*; firing since 2026-03-01T00:00:00Z$/) // prettier-ignore
  })

  it('says nothing of units where none was seen, nor of late records, whose units nobody counts', () => {
    const window = { fromMs: AT_MS, update: null }
    const silent = alertReason(subjectOf('s', 'volume'), drift, window, seen(450, 0), [])
    assert.match(silent, /\(0 events of the candidate, 900 of the control by 450 units\)$/)
    const late = alertReason(subjectOf('s', 'lateness'), drift, window, seen(450, 20), [])
    assert.match(late, /\(0 events of the candidate, 900 of the control\)$/)
  })
})

describe('the reason of the overall verdict', () => {
  const failed = (field: string, segment: string | null, estimate: number): CheckVerdict => {
    const effect = { name: 'difference' as const, estimate, low: estimate, high: estimate, threshold: 0.005 }
    const { id } = subjectOf('s', 'missing', field, 'control', segment)
    return {
      ...{ id, stream: 's', check: 'missing', field, segment, against: 'control', verdict: 'FAIL', expected: false },
      ...{ reason: id, effect, evidence: null, n: { control: 1, candidate: 1 } },
    }
  }
  const reasonOf = (...checks: CheckVerdict[]): string => overallVerdict(checks, { require: 'all' }, ['s'], null).reason

  it('is of the whole, though the same fault shows a little larger in one segment', () => {
    assert.match(reasonOf(failed('x', 'country=de', 0.032), failed('x', null, 0.03)), /^s\/missing\/x \(and 1 more/)
  })

  it('is of a segment where only there something failed, or where it failed most', () => {
    assert.match(reasonOf(failed('x', 'country=de', 0.03), failed('y', null, 0.006)), /^s\/missing\/x\[country=de\] /)
  })
})
