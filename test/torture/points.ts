/**
 * Every named step of the way from a record to an alert, as `fail-points.ts` knows them; a process can be killed before each and after
 * it. In an order in which each is come to: an alert needs a slice, a slice needs panes. What was not done when the process died is
 * still to be done by the next, so that the point after it is always passed.
 */
const OBSERVE_STEPS = [
  'create topics',
  'join observe',
  'assign observe',
  'decode',
  'observe',
  'quarantine append',
  'pane append',
  'observe commit',
  'progress append',
  'leave observe',
] as const
const ASSEMBLE_STEPS = [
  'ledger append',
  'ledger read back',
  'join assemble',
  'assign assemble',
  'pane read',
  'slice append',
  'slice read back',
  'view write',
  'assemble commit',
  'alert append',
  'alert read back',
  'leave assemble',
  'close',
] as const

export type Step = (typeof OBSERVE_STEPS)[number] | (typeof ASSEMBLE_STEPS)[number]
export type Point = `${'before' | 'after'} ${Step}`

export const OBSERVE_POINTS = pointsOf(OBSERVE_STEPS)
export const ASSEMBLE_POINTS = pointsOf(ASSEMBLE_STEPS)

function pointsOf(steps: readonly Step[]): Point[] {
  return steps.flatMap((step): Point[] => [`before ${step}`, `after ${step}`])
}
