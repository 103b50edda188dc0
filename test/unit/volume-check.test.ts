import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { POLICY_DEFAULTS } from '../../src/config/defaults.ts'
import { createTallies } from '../../src/pane/tallies.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { concludeWhole } from '../../src/verdict/conclusion.ts'
import type { CheckContext } from '../../src/verdict/checks/context.ts'
import { VolumeCheck } from '../../src/verdict/checks/volume-check.ts'
import { searchDrift, searchStrongest } from '../../src/verdict/search.ts'
import { subjectOf } from '../../src/verdict/subject.ts'

const CONTEXT = {
  stream: { name: 's', allocation: [{ fromMs: 0, control: 0.5, candidate: 0.5 }] },
  config: { policy: { ...POLICY_DEFAULTS, levels: 1 } },
  budget: { levels: 1, zRequired: () => [5, 5] },
  begin: 0,
} as unknown as CheckContext

/** Three slices; the records are in the last, one a bucket, and one record of each cohort in the first. */
function checkOf(control: number, candidate: number): VolumeCheck {
  const check = new VolumeCheck(CONTEXT, subjectOf('s', 'volume'))
  for (const [at, counts] of [[1, 1], [0, 0], [control - 1, candidate - 1]].entries()) {
    const tallies = createTallies({ fields: [], rates: [], sums: [] })
    counts.forEach((count, cohort) => {
      for (let record = 0; record < count; record++) tallies.cohorts[cohort]!.accepted.add(record % 256)
    })
    check.add({ startMs: at * 300_000, lengthMs: 300_000, streams: [{ name: 's', tallies }] } as unknown as Slice)
  } // prettier-ignore
  return check
}

describe('records per planned share', () => {
  it('are not concluded from fewer than 200, whichever cohort they are of', () => {
    assert.match(concludeWhole(checkOf(198, 1)).reason, /too little data: 199 of at least 200 records of both cohorts/)
    assert.doesNotMatch(concludeWhole(checkOf(199, 1)).reason, /too little data/)
  })

  it('raise no alert from fewer than 200 in the window, however sure', () => {
    // The last slice alone; the first and its one record of each are outside.
    const drift = (control: number) => searchDrift(checkOf(control, 1).comparisons, 3, 2)
    assert.ok(searchStrongest(checkOf(200, 1).comparisons, 3, 2)!.strength > 1)
    assert.equal(drift(200), null)
    assert.notEqual(drift(201), null)
  })
})
