/** What an assembler was given and left aside. */
export interface AssembleCounts {
  /** Came again, the same. */
  duplicatePanes: number
  /** Came again, and differed: to be alerted; the first stands. */
  conflictingPanes: number
  /** Came after their slice: counted, never judged. */
  latePanes: number
  /** Panes, progress records and slices of another configuration, another era or of no stream of ours. */
  foreign: number
}

export type PaneOutcome = 'kept' | 'duplicate' | 'conflict' | 'late' | 'foreign'
