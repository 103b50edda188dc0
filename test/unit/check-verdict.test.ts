import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AlertWatch } from '../../src/alert/alert-watch.ts'
import { checkVerdict } from '../../src/verdict/check-verdict.ts'
import type { Presence } from '../../src/verdict/presence.ts'
import { subjectOf } from '../../src/verdict/subject.ts'
import { NOTHING_SEEN } from '../../src/verdict/watched.ts'
import type { Watched } from '../../src/verdict/watched.ts'

/** The verdict of a check that passes on all it saw, of which so many slices are incomplete. */
function verdictOf(slices: number, incomplete: number, begin = 0) {
  const watched = {
    subject: subjectOf('s', 'missing', 'f'),
    ...{ streams: ['s'], begin },
    conclude: () => ({ verdict: 'PASS', reason: 'all is well', effect: null, n: { control: 9, candidate: 9 } }),
  } as unknown as Watched
  const alert = { episodes: [], isFiring: false } as unknown as AlertWatch
  const presence = {
    incompleteSince: (from: number) => (from === begin ? incomplete : NaN),
    of: () => ({ state: 'running' }),
  } as unknown as Presence
  return checkVerdict(
    { watched, alert, expected: null, seen: () => NOTHING_SEEN },
    {
      ...{ T: begin + slices, presences: new Map([['s', presence]]) },
      ...{ inputFailure: null, remembers: false, startMsOf: () => 0 },
    },
  )
}

describe('the verdict of a check', () => {
  it('is ERROR where more than a hundredth of its window is incomplete, wherever the window begins', () => {
    for (const begin of [0, 500]) {
      assert.equal(verdictOf(200, 2, begin).verdict, 'PASS')
      const { verdict, reason } = verdictOf(199, 2, begin)
      assert.equal(verdict, 'ERROR')
      assert.match(reason, /^missing f: 2 of 199 slices of s are incomplete \(1\.0 %, at most 1\.0 % may be\)$/)
    }
  })
})
