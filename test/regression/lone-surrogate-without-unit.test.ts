import assert from 'node:assert/strict'
import { it } from 'node:test'
import { unitReader } from '../../src/cohort/unit.ts'
import { planStream } from '../../src/pane/plan.ts'
import { streamConfig, streamsOf } from '../support/streams.ts'

it('an event without unit and id, holding half of a surrogate pair, a NaN and a big integer, still is a unit', () => {
  const stream = streamConfig({ unit: null, id: null })
  const plan = planStream(stream, streamsOf(stream))
  const values = plan.paths.map((_, slot) => (['\ud800', NaN, 2n ** 70n] as const)[slot])
  assert.match(unitReader(plan)(values), /NaN/)
})
