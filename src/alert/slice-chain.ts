import { sha256 } from '../ledger/digest.ts'
import type { SealedSlice } from '../slice/slice.ts'
import type { SlicesJudged } from './notice.ts'

/**
 * One digest for a run of slices: chain₀ = sha256 of nothing, chainₙ = sha256(chainₙ₋₁ + digestₙ), both as the texts
 * `sha256:<hex>`. Changing, leaving out or exchanging any slice changes it; a verdict can name millions in 71 characters.
 */
export class SliceChain {
  #fromMs = 0
  #toMs = 0
  #count = 0
  #chain: string = sha256('')

  add({ slice, digest }: SealedSlice): void {
    if (this.#count === 0) this.#fromMs = slice.startMs
    this.#toMs = slice.startMs + slice.lengthMs
    this.#count++
    this.#chain = sha256(this.#chain + digest)
  }

  get judged(): SlicesJudged {
    return { fromMs: this.#fromMs, toMs: this.#toMs, count: this.#count, chain: this.#chain }
  }
}
