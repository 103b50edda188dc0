import { sealBaseline } from '../../src/baseline/baseline.ts'
import type { Baseline, BaselineCohort } from '../../src/baseline/baseline.ts'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import type { Config } from '../../src/config/shape.ts'
import type { Counted } from '../../src/baseline/measures.ts'
import type { Profile } from '../../src/baseline/profile.ts'
import { Term } from '../../src/evidence/term.ts'
import { planStream } from '../../src/pane/plan.ts'
import { addToBaselineTerm, shapeOfCells } from '../../src/verdict/checks/baseline-term.ts'
import { SliceMaker } from './slices.ts'
import type { TestEvent } from './slices.ts'

/** A verified baseline of one stream, from the events of its slices, the first at `START_MS`. */
export function baselineOf(
  config: Config,
  slices: Iterable<Iterable<TestEvent>>,
  cohort: BaselineCohort = 'all',
): Baseline {
  const [stream] = config.streams
  const builder = new BaselineBuilder([{ config: stream!, plan: planStream(stream!, config) }], cohort)
  const maker = new SliceMaker(config)
  for (const events of slices) builder.add(maker.next(events, { isSealed: false }).sealed)
  const { group, streams } = builder.finish()
  const sealed = sealBaseline({
    codeVersion: 'test',
    cohort,
    lengthMs: config.panes.lengthMs,
    groups: [group],
    streams,
  })
  return { ...sealed, verified: { by: 'test', atMs: 0 } }
}

/** One slice of one cohort against the baseline, as a term of its own. */
export function baselineTermOf(counted: Counted, profile: Profile, slot: number): Term {
  const term = new Term(shapeOfCells(profile.cells))
  addToBaselineTerm(counted, profile, slot, term)
  return term
}
