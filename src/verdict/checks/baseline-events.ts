import { BUCKETS } from '../../sketch/bucket-counts.ts'
import { Blocks } from './baseline-blocks.ts'
import type { Block } from './baseline-blocks.ts'
import { addCounts, lengthened, noCounts } from './baseline-counts.ts'
import type { Counts } from './baseline-counts.ts'

/** Events of a run of slices by slot of the baseline and by unit bucket: what a rate of those days is multiplied with. */
export class EventsBlock implements Block {
  /** In the order in which they came. */
  readonly slots: number[] = []
  readonly totals: number[] = []
  /** [place of the slot · buckets + bucket]. */
  counts: Counts = noCounts(0)

  add(slot: number, events: ArrayLike<number>, factor: 1 | -1 = 1): void {
    let place = this.slots.indexOf(slot)
    if (place < 0) {
      place = this.slots.push(slot) - 1
      this.totals.push(0)
      this.counts = lengthened(this.counts, this.slots.length * BUCKETS)
    }
    let total = 0
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) total += events[bucket]!
    this.totals[place]! += factor * total
    this.counts = addCounts(this.counts, factor === 1 ? events : Array.from(events, (count) => -count), place * BUCKETS)
  }

  merge(next: EventsBlock): void {
    next.slots.forEach((slot, place) => this.add(slot, next.at(place)))
  }

  copy(): this {
    const copied = new EventsBlock()
    copied.slots.push(...this.slots)
    copied.totals.push(...this.totals)
    copied.counts = this.counts.slice()
    return copied as this
  }

  /** By bucket. */
  at(place: number): Counts {
    return this.counts.subarray(place * BUCKETS, (place + 1) * BUCKETS)
  }
}

/**
 * The events of one cohort as the blocks hold them. Most metrics of a stream count the same ones (every field that is never
 * missing, and `missing` itself), so they share a list for as long as that is so: whoever comes first in a slice adds to it, the
 * others look whether they would have added the same. Who would not goes on with a copy of his own, or with that of somebody
 * who left in the same slice for the same reason. Counts are exact, so nobody can tell a copy from a list of its own.
 */
export class SharedEvents {
  readonly #blocks: Blocks<EventsBlock>
  #T: number
  #last: { slot: number; events: Counts } | null = null
  #leavers: SharedEvents[] = []

  constructor(levels: number, begin: number, blocks = new Blocks(levels, () => new EventsBlock())) {
    this.#blocks = blocks
    this.#T = begin
  }

  /** Adds slice T; null = nothing in it is compared. Answers the list to go on with. */
  add(T: number, slot: number, events: ArrayLike<number> | null): SharedEvents {
    if (this.#T < T) {
      this.#T = T
      this.#leavers = []
      this.#blocks.enter(T)
      this.#put(slot, events)
      return this
    }
    if (this.#isLast(slot, events)) return this
    const known = this.#leavers.find((each) => each.#isLast(slot, events))
    return known ?? this.#leave(slot, events)
  }

  from(start: number): EventsBlock[] {
    return this.#blocks.from(start)
  }

  #leave(slot: number, events: ArrayLike<number> | null): SharedEvents {
    const leaver = new SharedEvents(0, this.#T, this.#blocks.copy())
    if (this.#last !== null) leaver.#blocks.newest?.add(this.#last.slot, this.#last.events, -1)
    leaver.#put(slot, events)
    this.#leavers.push(leaver)
    return leaver
  }

  #put(slot: number, events: ArrayLike<number> | null): void {
    this.#last = events === null ? null : { slot, events: addCounts(noCounts(BUCKETS), events) }
    if (events !== null) this.#blocks.newest?.add(slot, events)
  }

  #isLast(slot: number, events: ArrayLike<number> | null): boolean {
    if (this.#last === null || events === null) return this.#last === events
    if (this.#last.slot !== slot) return false
    const last = this.#last.events
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) if (last[bucket] !== events[bucket]) return false
    return true
  }
}
