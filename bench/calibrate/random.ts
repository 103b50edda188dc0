import { murmur3 } from '../../src/sketch/murmur3.ts'

/**
 * Random numbers from a text: every day of every scenario has its own, so that any day can be run again alone, in any order
 * and on any number of threads.
 *
 * Words: sfc32 (Doty-Humphrey, PractRand), 128 bits of state. Normal numbers: the ziggurat of 128 layers (Marsaglia and Tsang
 * 2000) in Doornik's form (2005), where layer and position come from different words.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: string) {
    this.#a = murmur3(seed, 1) | 0
    this.#b = murmur3(seed, 2) | 0
    this.#c = murmur3(seed, 3) | 0
    for (let round = 0; round < 12; round++) this.word()
  }

  /** A signed 32-bit integer. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    this.#c |= 0
    return sum
  }

  /** In (0, 1): never 0, so its logarithm is a number. */
  uniform(): number {
    return ((this.word() >>> 0) + 0.5) / 4294967296
  }

  /** 0 … limit − 1. */
  below(limit: number): number {
    return Math.floor(((this.word() >>> 0) / 4294967296) * limit)
  }

  normal(): number {
    for (;;) {
      const layer = this.word() & (LAYERS - 1)
      const u = this.word() / 2147483648
      if (Math.abs(u) < RATIOS[layer]!) return u * EDGES[layer]!
      if (layer === 0) return this.#tail(u < 0)
      const x = u * EDGES[layer]!
      const upper = density(EDGES[layer]!)
      const lower = density(EDGES[layer + 1]!)
      if (upper + this.uniform() * (lower - upper) < density(x)) return x
    }
  }

  /** Beyond the last edge (Marsaglia 1964). */
  #tail(isNegative: boolean): number {
    for (;;) {
      const x = Math.log(this.uniform()) / TAIL_FROM
      const y = Math.log(this.uniform())
      if (-2 * y >= x * x) return isNegative ? x - TAIL_FROM : TAIL_FROM - x
    }
  }
}

const LAYERS = 128
const TAIL_FROM = 3.442619855899
const LAYER_AREA = 9.91256303526217e-3

/** Right edges of the layers, widest first; the lowest layer stands for its tail too. */
const EDGES = new Float64Array(LAYERS + 1)
const RATIOS = new Float64Array(LAYERS)
EDGES[0] = LAYER_AREA / density(TAIL_FROM)
EDGES[1] = TAIL_FROM
for (let layer = 2; layer < LAYERS; layer++) {
  const before = EDGES[layer - 1]!
  EDGES[layer] = Math.sqrt(-2 * Math.log(LAYER_AREA / before + density(before)))
}
for (let layer = 0; layer < LAYERS; layer++) RATIOS[layer] = EDGES[layer + 1]! / EDGES[layer]!

function density(x: number): number {
  return Math.exp(-0.5 * x * x)
}
