/** One line of a table: what was measured, what one unit of it cost, and how that compares to a peer in the same run. */
export interface Row {
  /** What was measured, or the letter of a peer (A, J, K) and what it is. */
  name: string
  /** Nanoseconds of CPU per event, value, pane or whatever `per` says; absent where memory was measured. */
  ns?: number
  per?: string
  /** Megabytes of resident memory, where that was measured. */
  mb?: number
  /** ns / ns of the peer; absent for a peer itself. */
  ratio?: number
  /** What the ratio is to, and what we want it to be: "≤ 1.5 A". */
  goal?: string
  isMet?: boolean
  /** Anything else worth printing: bytes, counts, what was in the way. */
  note?: string
}

export interface BenchOptions {
  /** Of the usual number of events; 1 for figures, 0.01 to see that everything still runs. */
  scale: number
}

/** What a group is: it runs in a process of its own. */
export type Group = (options: BenchOptions) => Promise<readonly Row[]>

/** A row whose goal is a limit on the ratio to a peer. */
export function ratioRow(
  name: string,
  ns: number,
  peer: { ns: number; letter: string; max: number },
  more?: Partial<Row>,
): Row {
  const ratio = ns / peer.ns
  return { name, ns, per: 'event', ratio, goal: `≤ ${peer.max} ${peer.letter}`, isMet: ratio <= peer.max, ...more }
}

/**
 * A row whose goal is a share of a peer's rate: "≥ 55 % of J" is a ratio of costs of at most 1 / 0.55.
 */
export function rateRow(
  name: string,
  ns: number,
  peer: { ns: number; letter: string; percentMin: number },
  more?: Partial<Row>,
): Row {
  const percent = (100 * peer.ns) / ns
  const { letter, percentMin } = peer
  return { name, ns, per: 'event', ratio: ns / peer.ns, goal: `≥ ${percentMin} % of ${letter}'s rate`, isMet: percent >= percentMin, note: `${Math.round(percent)} %`, ...more } // prettier-ignore
}
