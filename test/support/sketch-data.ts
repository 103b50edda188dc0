/** Seeded data for the sketches: a failing test prints a seed, and the seed is the data. */
export interface Datum {
  cohort: 0 | 1
  bucket: number
  value: number
  name: string
  count: number
  first: number
  second: number
  mask: number
}

/** xorshift32: a number in [0, 1) each call. */
export function randomOf(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Shapes of values that the bins must bear. */
export const VALUE_SHAPES: Record<string, (random: () => number) => number> = {
  continuous: (random) => Math.exp(random() + random() + random() - 1.5),
  'both signs': (random) => random() + random() + random() - 1.5,
  'whole numbers': (random) => Math.floor(random() * 60) - 5,
  'mostly zero': (random) => (random() < 0.6 ? (random() < 0.5 ? 0 : -0) : random() * 1000),
  'few values of many digits': (random) => Math.sin(Math.floor(random() * 900)),
  // These end at shifts 7, 8 and 9: about the 8 bits that the first fold leaves unsorted.
  'within an eighth': (random) => 1 + random() / 8,
  'within a quarter': (random) => 1 + random() / 4,
  'within a half': (random) => 1 + random() / 2,
  'all magnitudes': (random) => (random() - 0.5) * 10 ** Math.floor(random() * 600 - 300),
  'smallest and largest': (random) =>
    [5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** -1022, 0, 1, 1e300 * random()][
      Math.floor(random() * 8)
    ]!,
}

/** Numbers of distinct names on both sides of every limit: 63 named bins, 1,024 names kept, the dictionary's 2,048. */
export const NAME_COUNTS = [1, 7, 63, 64, 500, 1024, 1025, 3000, 20_000]

const ODD_NAMES = ['', 'ä', '\u{1F600}', '\uE000', '\uFFFF', 'a\u0000b', '\uD83D', 'x'.repeat(129), 'y'.repeat(500)]

export function dataOf(seed: number, length: number): Datum[] {
  const random = randomOf(seed)
  const shape = Object.values(VALUE_SHAPES)[Math.floor(random() * Object.keys(VALUE_SHAPES).length)]!
  const nameCount = NAME_COUNTS[Math.floor(random() * NAME_COUNTS.length)]!
  const unitCount = 1 + Math.floor(random() * 2 * length)
  const candidateShare = [0.5, 0.1, 0.01, 0][Math.floor(random() * 4)]!
  return Array.from({ length }, () => {
    const unit = Math.floor(random() * unitCount)
    const nameNumber = Math.floor(random() ** 2 * nameCount)
    return {
      cohort: random() < candidateShare ? 1 : 0,
      bucket: Math.floor(random() * 256),
      value: shape(random),
      name: nameNumber < ODD_NAMES.length && nameCount > 7 ? ODD_NAMES[nameNumber]! : `name ${nameNumber}`,
      count: random() < 0.99 ? 1 + Math.floor(random() * 3) : Math.floor(random() * 2 ** 40),
      // Few first words, so that the second must decide.
      first: Math.imul(unit >> 1, 0x9e3779b1) >>> 0,
      second: Math.imul(unit + 1, 0x85ebca6b) >>> 0,
      mask: 1 << Math.floor(random() * 3),
    } as const
  })
}

/** The same in another order. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = randomOf(seed)
  const shuffledItems = [...items]
  for (let at = items.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[shuffledItems[at], shuffledItems[other]] = [shuffledItems[other]!, shuffledItems[at]!]
  }
  return shuffledItems
}
