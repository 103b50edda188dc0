/**
 * Units by their hashes while they come one by one, each with a mask: open addressing, mask 0 = a free place.
 *
 * A pane fills some 70 kB of it and then needs only what it found, in order. So the memory of a table that is done with goes
 * to the next one: all of a day's panes share that of the few that are open at a time.
 */
export class UnitTable {
  firsts: Uint32Array
  seconds: Uint32Array
  masks: Uint8Array
  used = 0

  /** `slots` is a power of two. */
  constructor(slots: number) {
    const memory = takeMemory(slots)
    this.firsts = memory.firsts
    this.seconds = memory.seconds
    this.masks = memory.masks
  }

  get slots(): number {
    return this.masks.length
  }

  /** Where a unit is, or would go. */
  slotOf(first: number, second: number): number {
    const { firsts, seconds, masks } = this
    const last = masks.length - 1
    // The low bits: those that order a sample are all alike in it.
    let slot = first & last
    while (masks[slot] !== 0 && (firsts[slot] !== first || seconds[slot] !== second)) slot = (slot + 1) & last
    return slot
  }

  /** Into a slot that `slotOf` gave and that is free. */
  fill(slot: number, first: number, second: number, mask: number): void {
    this.firsts[slot] = first
    this.seconds[slot] = second
    this.masks[slot] = mask
    this.used++
  }

  /** Into so many slots, without what is above the limit. */
  rebuild(slots: number, limitFirst: number, limitSecond: number): void {
    const { firsts, seconds, masks } = this
    const memory = takeMemory(slots)
    this.firsts = memory.firsts
    this.seconds = memory.seconds
    this.masks = memory.masks
    this.used = 0
    for (let from = 0; from < masks.length; from++) {
      const first = firsts[from]!
      if (masks[from] === 0 || first > limitFirst || (first === limitFirst && seconds[from]! > limitSecond)) continue
      this.fill(this.slotOf(first, seconds[from]!), first, seconds[from]!, masks[from]!)
    }
    giveBack({ firsts, seconds, masks })
  }

  /** Its memory goes to another: nothing of it may be looked at again. */
  release(): void {
    giveBack(this)
    const { firsts, seconds, masks } = NO_MEMORY
    this.firsts = firsts
    this.seconds = seconds
    this.masks = masks
    this.used = 0
  }
}

interface TableMemory {
  firsts: Uint32Array
  seconds: Uint32Array
  masks: Uint8Array
}

const NO_MEMORY: TableMemory = newMemory(0)
/** Tables of at most so many slots leave their memory: larger ones are few and live long. */
const SPARE_SLOTS_MAX = 8192
/** By number of slots; 16 of the largest are 1.2 MB. */
const SPARE_MAX = 16
const spare = new Map<number, TableMemory[]>()

/** All masks are 0; hashes are whatever was there before. */
function takeMemory(slots: number): TableMemory {
  return spare.get(slots)?.pop() ?? newMemory(slots)
}

function giveBack({ firsts, seconds, masks }: TableMemory): void {
  const slots = masks.length
  if (slots === 0 || slots > SPARE_SLOTS_MAX) return
  let same = spare.get(slots)
  if (same === undefined) spare.set(slots, (same = []))
  if (same.length >= SPARE_MAX) return
  masks.fill(0)
  same.push({ firsts, seconds, masks })
}

function newMemory(slots: number): TableMemory {
  return { firsts: new Uint32Array(slots), seconds: new Uint32Array(slots), masks: new Uint8Array(slots) }
}
