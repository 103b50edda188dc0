import type { ByteSource } from './byte-source.ts'

/** Takes exact amounts out of pieces of any size. */
export class PieceReader {
  readonly #source: ByteSource
  #piece: Buffer = Buffer.alloc(0)
  #at = 0
  #taken = 0
  /** Pieces that were taken whole, and how much was taken when they were. */
  readonly #behind: { piece: Buffer; end: number }[] = []

  constructor(source: ByteSource) {
    this.#source = source
  }

  /** Bytes taken so far. */
  get taken(): number {
    return this.#taken
  }

  async isAtEnd(): Promise<boolean> {
    return this.#at === this.#piece.length && !(await this.#turn())
  }

  async takeByte(): Promise<number> {
    if (this.#at === this.#piece.length && !(await this.#turn())) throw new Error(TOO_EARLY)
    this.#taken++
    return this.#piece[this.#at++]!
  }

  /** A view into a piece where it lies in one, else a copy. */
  async take(size: number): Promise<Buffer> {
    const here = this.#takeHere(size)
    if (here.length === size) return here
    const parts = [here]
    for (let missing = size - here.length; missing > 0; missing -= parts.at(-1)!.length) {
      if (!(await this.#turn())) throw new Error(TOO_EARLY)
      parts.push(this.#takeHere(missing))
    }
    return Buffer.concat(parts, size)
  }

  /** Whatever was taken up to there (a value of `taken`) is done with. */
  release(end: number): void {
    while (this.#behind.length > 0 && this.#behind[0]!.end <= end) this.#source.recycle?.(this.#behind.shift()!.piece)
  }

  #takeHere(size: number): Buffer {
    const part = this.#piece.subarray(this.#at, this.#at + size)
    this.#at += part.length
    this.#taken += part.length
    return part
  }

  async #turn(): Promise<boolean> {
    const next = await this.#source.next()
    if (next === null) return false
    if (this.#piece.length > 0) this.#behind.push({ piece: this.#piece, end: this.#taken })
    this.#piece = next
    this.#at = 0
    return true
  }
}

const TOO_EARLY = 'the file ends too early'
