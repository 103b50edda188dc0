/** Counts in the narrowest type that holds every one of them exactly; of eight bytes only where some are fractions. */
export type Counts = Uint8Array | Uint16Array | Uint32Array | Float64Array

export function noCounts(length: number): Counts {
  return new Uint8Array(length)
}

/** Adds `from` to the places from `at` on. Answers the list to go on with: a wider one where a count does not fit any more. */
export function addCounts(into: Counts, from: ArrayLike<number>, at = 0): Counts {
  for (let i = 0; i < from.length; i += 1) if (from[i] !== 0) into = addCount(into, at + i, from[i]!)
  return into
}

/** The same of one count. */
export function addCount(into: Counts, at: number, more: number): Counts {
  const sum = into[at]! + more
  into[at] = sum
  // What it does not give back it does not hold.
  while (into[at] !== sum) {
    into = widened(into)
    into[at] = sum
  }
  return into
}

/** The same counts with zeros behind them. */
export function lengthened(counts: Counts, length: number): Counts {
  const longer = new (counts.constructor as new (length: number) => Counts)(length)
  longer.set(counts)
  return longer
}

function widened(counts: Counts): Counts {
  if (counts instanceof Uint8Array) return Uint16Array.from(counts)
  if (counts instanceof Uint16Array) return Uint32Array.from(counts)
  if (counts instanceof Uint32Array) return Float64Array.from(counts)
  throw new RangeError('not a number among the counts')
}
