import type { LogRecord } from '../log/log.ts'
import type { ObservedStream } from '../service/observed-partition.ts'
import type { RebuiltPartition } from './rebuilt-partition.ts'

/**
 * One partition's panes made again era by era, as its observers took turns: where one ended, the next began at the last commit,
 * with records that the one before had left aside. So a turn goes back a little in the log.
 *
 * Where it is not certain that the one before ended as it did the first time (its own beginning is deleted, a clock had a say),
 * the next begins on its own at the first record that is left, and some hours of it are uncertain.
 */
export class RebuiltEras {
  private readonly eras: readonly RebuiltPartition[]
  private at = 0

  /** @param eras in order, at least one */
  constructor(eras: readonly RebuiltPartition[]) {
    this.eras = eras
    this.turn()
  }

  get topic(): string {
    return this.now.topic
  }

  get partition(): number {
    return this.now.partition
  }

  get stream(): ObservedStream {
    return this.now.stream
  }

  /** Of the next record. */
  get position(): number {
    return this.now.position
  }

  /** Where the log ended when we began. */
  get end(): number {
    return this.now.end
  }

  get isEnded(): boolean {
    return this.at === this.eras.length - 1 && this.now.isEnded
  }

  /** Event time that was closed on the way. */
  get closedThroughMs(): number {
    return this.now.closedThroughMs
  }

  /** Whether a pane of the era that was come to, or none, is what there must have been. */
  isSure(startMs: number): boolean {
    return this.now.isSure(startMs)
  }

  observe(record: LogRecord): void {
    this.now.observe(record)
    this.turn()
  }

  lose(count: number): void {
    this.now.lose(count)
  }

  /** Everything below `offset` was read: behind the last record there may be gaps and markers. */
  advance(offset: number): void {
    this.now.advance(offset)
    this.turn()
  }

  /** `failure`: why not everything could be read. */
  finish(failure: string | null): void {
    for (const era of this.eras) era.finish(failure)
  }

  /** Where the log has nothing more to say of an era that never came to its end, the next one is looked for all the same. */
  private turn(): void {
    for (let { now } = this; this.at < this.eras.length - 1 && (now.isOver || now.isEnded); { now } = this) {
      this.at++
      if (now.turn !== null) this.now.goOnFrom(now.turn)
    }
  }

  private get now(): RebuiltPartition {
    return this.eras[this.at]!
  }
}
