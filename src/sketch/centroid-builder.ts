/** Takes ascending means and joins what the scale function of `t-digest.ts` lets join. */
export class CentroidBuilder {
  readonly means: number[] = []
  readonly weights: number[] = []
  private readonly total: number
  private readonly cos: number
  private readonly sin: number
  private mean = 0
  private weight = 0
  private before = 0
  /** Weight, counted from the low end, that the open centroid may reach. */
  private reach = 0

  constructor(compression: number, total: number) {
    this.total = total
    const step = STEP / compression
    this.sin = sine(step)
    this.cos = Math.sqrt(1 - this.sin * this.sin)
    this.reach = this.reachFrom(0)
  }

  add(mean: number, weight: number, isValue: boolean): void {
    if (this.weight > 0 && this.before + this.weight + weight > this.reach) this.close()
    let rest = weight
    while (isValue && this.weight === 0 && rest > 1 && this.before + rest > this.reach) {
      const piece = Math.max(1, Math.floor(this.reach - this.before))
      if (piece >= rest) break
      this.mean = mean
      this.weight = piece
      rest -= piece
      this.close()
    }
    this.weight += rest
    this.mean = this.weight === rest ? mean : this.mean + ((mean - this.mean) * rest) / this.weight
  }

  close(): void {
    if (this.weight === 0) return
    this.means.push(this.mean)
    this.weights.push(this.weight)
    this.before += this.weight
    this.weight = 0
    this.reach = this.reachFrom(this.before / this.total)
  }

  private reachFrom(q: number): number {
    const x = 2 * q - 1
    if (x >= this.cos) return this.total
    return this.total * (0.5 + 0.5 * (x * this.cos + 2 * Math.sqrt(q * (1 - q)) * this.sin))
  }
}

/** 2π */
const STEP = 6.283185307179586

/** Taylor's series; the step is below 2π/10. Math.sin may differ in the last bit between machines. */
function sine(x: number): number {
  let sum = 1
  for (let k = 9; k >= 1; k--) sum = 1 - (sum * x * x) / (2 * k * (2 * k + 1))
  return x * sum
}
