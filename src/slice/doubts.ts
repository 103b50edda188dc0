/**
 * Which panes of one partition may have stood in records that cannot be read: where there is none, nobody can say `empty`.
 *
 * A broken record that says what it is puts one pane in doubt, as does one whose other chunks have not come. One that does not say,
 * and records that vanished, put everything in doubt from where the partition was closed through to what is heard of it next:
 *
 *   closed through 10:05 ─► [unreadable] ─► pane of 10:15        in doubt: 10:05 to 10:15
 */
export class Doubts {
  private stretches: Stretch[] = []
  private open: Pick<Stretch, 'fromMs' | 'offset'> | null = null

  /** `digest`: what the record says the pane's is; null = it does not. */
  add(stretch: Stretch): void {
    const { fromMs, toMs } = stretch
    const known = this.stretches.find((each) => each.fromMs === fromMs && each.toMs === toMs)
    if (known === undefined) this.stretches.push(stretch)
  }

  /** `offset`: from where on a restart must read to come to the same doubt. */
  lose(closedThroughMs: number, offset: number): void {
    this.open ??= { fromMs: closedThroughMs, offset }
  }

  /** Somebody says that everything before this time is published. */
  hear(throughMs: number): void {
    const { open } = this
    if (open === null || throughMs < open.fromMs) return
    this.open = null
    if (throughMs > open.fromMs) this.stretches.push({ ...open, toMs: throughMs, digest: null })
  }

  at(startMs: number, endMs: number): Doubt | null {
    if (this.stretches.length === 0) return null
    const found = this.stretches.filter(({ fromMs, toMs }) => fromMs < endMs && toMs > startMs)
    if (found.length === 0) return null
    return { digest: found.find(({ digest }) => digest !== null)?.digest ?? null }
  }

  /** Where doubt begins: at a single pane, or at the first of a stretch; what has no beginning is left out. */
  startsMs(): number[] {
    return this.stretches.map(({ fromMs }) => fromMs).filter((each) => each > -Infinity)
  }

  neededOffset(): number | null {
    const offsets = [...this.stretches, ...(this.open === null ? [] : [this.open])].map(({ offset }) => offset)
    return offsets.length === 0 ? null : Math.min(...offsets)
  }

  forgetBefore(startMs: number): void {
    if (this.stretches.length > 0) this.stretches = this.stretches.filter(({ toMs }) => toMs > startMs)
  }
}

export interface Doubt {
  /** Of the pane, as far as anybody says. */
  digest: string | null
}

/** Of event time. */
export interface Stretch {
  fromMs: number
  toMs: number
  digest: string | null
  offset: number
}
