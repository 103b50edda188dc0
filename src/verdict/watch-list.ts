import { selectEbh } from '../evidence/e-bh.ts'
import type { CheckVerdict, Evidence } from './check.ts'

/**
 * The watch list (statistics.md 12): which of many checks deserve a look, though none has paid for an alarm. Expected share of
 * wrong entries at most a tenth, whatever the checks have to do with each other. Never an alert, never a verdict.
 *
 * Every check that is compared counts in the procedure, a firing one too: what it found is evidence like any other. It stands
 * on the list marked as firing, so that a reader can leave out what has been told already. A change that the policy expects is
 * no surprise and stands on no list.
 */
export interface WatchedEvidence extends Pick<
  CheckVerdict,
  'id' | 'stream' | 'check' | 'field' | 'segment' | 'against'
> {
  /** Of the last slice; null = no window held anything. */
  strongest: Evidence | null
  /** What that is worth as an e-value once every look has been paid for, as a logarithm. */
  lnE: number
  firing: boolean
  expected: boolean
}

export interface WatchListEntry extends Evidence {
  /** Of the check. */
  id: string
  stream: string
  check: CheckVerdict['check']
  field: string | null
  segment: string | null
  against: CheckVerdict['against']
  firing: boolean
}

/** Share of wrong entries to be expected on the list, at most. */
const WRONG_SHARE = 0.1

/** @param watched of all streams: the procedure weighs a check against all that were looked at. Nearest to its alarm first. */
export function watchList(watched: readonly WatchedEvidence[]): WatchListEntry[] {
  const counted = watched.filter(({ expected }) => !expected)
  const selected = selectEbh(counted.map(({ lnE }) => lnE), WRONG_SHARE) // prettier-ignore
  return selected
    .flatMap((at) => {
      const { id, stream, check, field, segment, against, firing, strongest } = counted[at]!
      return strongest === null ? [] : [{ id, stream, check, field, segment, against, firing, ...strongest }]
    })
    .sort((one, other) => nearness(other) - nearness(one) || (one.id < other.id ? -1 : 1))
}

/** 1 would be enough for an alarm, were the effect large enough and the data plenty. */
export function nearness({ nats, thresholdNats }: Evidence): number {
  return nats / thresholdNats
}
