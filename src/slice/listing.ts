import type { PartitionEntry, Slice } from './slice.ts'

/**
 * Which partitions a slice lists: those that the slice before it does, and one that was added from its first pane on.
 *
 * Before that pane there is nothing to say of it, and when somebody has first heard of it is no matter of the events: so it stays
 * off the list, that a slice be a function of the panes alone. It is waited for all the same; and a slice that was closed although
 * it was silent, or had to do without it, says so.
 *
 *   slice 9   0 1 2        3 is heard of
 *   slice 10  0 1 2        3 is closed through it, and empty
 *   slice 11  0 1 2 3      its first pane
 *   slice 12  0 1 2 3      empty again, and listed from now on
 */
export class Listing {
  private readonly counts = new Map<string, number>()

  addSlice({ streams }: Slice): void {
    for (const { name, partitions } of streams) this.counts.set(name, partitions.length)
  }

  /** `entries`: of all partitions that are known. Those of the first slice are all listed. */
  of(stream: string, entries: PartitionEntry[]): PartitionEntry[] {
    const before = this.counts.get(stream) ?? entries.length
    const last = entries.findLastIndex(({ pane, idle }) => pane !== 'empty' || idle)
    return entries.slice(0, Math.max(before, last + 1))
  }
}
