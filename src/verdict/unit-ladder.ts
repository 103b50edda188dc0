import { UnitSample } from '../sketch/unit-sample.ts'
import type { UnitsSeen } from './reason.ts'

/** Blocks of a level that a window can still start with: the last three, and one that is about to be joined. */
const BLOCKS_KEPT = 4
const CONTROL_MASK = 1
const CANDIDATE_MASK = 2

/**
 * How many units a window of the ladder (statistics.md 4) saw, asked only when an alert fires. Samples of blocks of 2^l slices,
 * aligned as the ladder's, are joined two by two; a window is put together from at most three of its level and one of each finer
 * one. At most 4 samples per level: 2 MB for ten levels.
 */
export class UnitLadder {
  readonly #levels: { start: number; sample: UnitSample }[][]
  #T: number

  constructor(levels: number, begin: number) {
    this.#levels = Array.from({ length: levels }, () => [])
    this.#T = begin
  }

  /** The sample is kept, never changed. */
  add(sample: UnitSample): void {
    let block = { start: this.#T, sample }
    this.#T += 1
    for (const [level, blocks] of this.#levels.entries()) {
      blocks.push(block)
      if (blocks.length > BLOCKS_KEPT) blocks.shift()
      const before = blocks.at(-2)
      const length = 1 << level
      if (this.#T % (2 * length) !== 0 || before?.start !== this.#T - 2 * length) return
      block = { start: before.start, sample: joined([before.sample, block.sample]) }
    }
  }

  /** Units of [start, now); null when `start` is no place where a block that is still kept begins. */
  seenSince(start: number): UnitsSeen | null {
    const parts: UnitSample[] = []
    for (let at = start; at < this.#T;) {
      const level = this.#levels.findLastIndex((blocks) => blocks.some((block) => block.start === at))
      if (level < 0) return null
      parts.push(this.#levels[level]!.find((block) => block.start === at)!.sample)
      at += 1 << level
    }
    const sample = joined(parts)
    return { control: sample.estimate(CONTROL_MASK), candidate: sample.estimate(CANDIDATE_MASK) }
  }
}

function joined(samples: readonly UnitSample[]): UnitSample {
  const all = new UnitSample()
  for (const sample of samples) all.merge(sample)
  return all
}
