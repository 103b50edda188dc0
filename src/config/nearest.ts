/** The known word that is fewest edits away; the first of equals. Undefined only when nothing is known. */
export function nearest(word: string, known: Iterable<string>): { word: string; isClose: boolean } | undefined {
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  if (best === undefined) return undefined
  // A third of the letters wrong is still a typing mistake; more is another word.
  return { word: best, isClose: bestDistance <= Math.max(2, Math.floor(word.length / 3)) }
}

/** Levenshtein's distance, with two neighbours swapped counted as one edit (as in "feilds"). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 100) return Math.max(a.length, b.length)
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let distance = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, beforeLast[j - 2]! + 1)
      }
      row.push(distance)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
