/** What really struck, by name: a plan may strike nobody, and a list of faults of which half never happens proves nothing. */
export type Tally = Map<string, number>

export function note(tally: Tally, kind: string, times = 1): void {
  tally.set(kind, (tally.get(kind) ?? 0) + times)
}

/** One line, in the order of the alphabet. */
export function tallyLine(tally: Tally): string {
  const kinds = [...tally].sort(([one], [other]) => (one < other ? -1 : 1))
  return kinds.map(([kind, times]) => `${kind} ${times}`).join(', ')
}
