import { ByteWriter } from './byte-writer.ts'
import { categoryName, compareUtf8 } from './category-name.ts'
import { murmur3 } from './murmur3.ts'
import { NamesInBytes } from './names-in-bytes.ts'

export const NAMES_MAX = 1024
/** Of 128 UTF-16 units. */
export const NAME_UTF8_MAX = 384

interface NameCount {
  name: string
  hash: number
  count: number
}

/**
 * Exact counts by name, of up to 1,024 names: beyond that, of the 1,024 with the smallest murmur3 hashes (ties by bytes),
 * and one count `other` for all the rest.
 *
 * Whatever is among the smallest hashes of all names was so among the names that had come before, from its first appearance
 * on: it was never dropped, so its count is exact, in any order and after any merge.
 */
export class CategoryCounts {
  /** Made when it is first needed: of most that are read, never. */
  private known: Map<string, NameCount> | null = null
  /** Where the names stand while nobody has asked for them: a judge that reads weeks of slices again hardly does. */
  private unread: NamesInBytes | null = null
  private dropped = 0
  /** Largest (hash, name) that can still be among the kept; null while nothing was dropped. */
  private last: NameCount | null = null

  private get kept(): Map<string, NameCount> {
    const known = (this.known ??= new Map<string, NameCount>())
    if (this.unread !== null) {
      const entries = this.unread.entries()
      this.unread = null
      for (const [name, count] of entries) known.set(name, { name, hash: murmur3(name, 0), count })
    }
    return known
  }

  add(name: string, count = 1): void {
    if (count === 0) return
    const known = this.kept.get(name)
    if (known !== undefined) {
      known.count += count
      return
    }
    const normal = categoryName(name)
    if (normal !== name) this.add(normal, count)
    else this.addNew(name, murmur3(name, 0), count)
  }

  /** The same for a name that is known to be a `categoryName`, with its murmur3. */
  addHashed(name: string, hash: number, count: number): void {
    // Beyond the last kept hash there is nothing to look up: the usual case of a field of many names.
    if (this.last !== null && hash > this.last.hash) {
      this.dropped += count
      return
    }
    const known = this.kept.get(name)
    if (known !== undefined) known.count += count
    else this.addNew(name, hash, count)
  }

  merge(other: CategoryCounts): void {
    other.trim()
    // Read and added in one go: most of the names are known here, and need no hash of their own.
    if (other.unread !== null) for (const [name, count] of other.unread.entries()) this.add(name, count)
    else for (const { name, count } of other.kept.values()) this.add(name, count)
    this.dropped += other.dropped
    // Whatever is kept beyond the other's last makes more than 1,024 with what the other keeps: the next trim drops it.
    if (other.last !== null && (this.last === null || compareHashes(other.last, this.last) < 0)) this.last = other.last
  }

  /** [name, count] by UTF-8 bytes. */
  entries(): [name: string, count: number][] {
    if (this.unread !== null) return this.unread.entries()
    this.trim()
    return [...this.kept.values()].sort((a, b) => compareUtf8(a.name, b.name)).map(({ name, count }) => [name, count])
  }

  /** The same in whatever order, which costs no sorting. */
  unordered(): [name: string, count: number][] {
    if (this.unread !== null) return this.unread.entries()
    this.trim()
    return [...this.kept.values()].map(({ name, count }) => [name, count])
  }

  /** Of a name that is kept; 0 for every other. */
  count(name: string): number {
    this.trim()
    return this.kept.get(name)?.count ?? 0
  }

  /** Names that are kept. */
  get size(): number {
    if (this.unread !== null) return this.unread.length
    this.trim()
    return this.kept.size
  }

  /** Null where the name may be among those that are counted together. */
  countOf(name: string): number | null {
    this.trim()
    return this.kept.get(name)?.count ?? (this.dropped > 0 ? null : 0)
  }

  /** Count of the names that are not kept. */
  get other(): number {
    this.trim()
    return this.dropped
  }

  encode(): Uint8Array {
    const writer = new ByteWriter()
    const entries = this.entries()
    writer.varint(entries.length)
    for (const [name, count] of entries) {
      writer.text(name)
      writer.varint(count)
    }
    if (entries.length === NAMES_MAX) writer.varint(this.dropped)
    return writer.bytes()
  }

  /** Strict at once, though names become texts only when somebody asks for them. */
  static decode(bytes: Uint8Array): CategoryCounts {
    const counts = new CategoryCounts()
    const names = new NamesInBytes(bytes, NAMES_MAX, NAME_UTF8_MAX)
    counts.unread = names
    counts.dropped = names.dropped
    if (names.dropped > 0) counts.last = [...counts.kept.values()].reduce((a, b) => (compareHashes(a, b) > 0 ? a : b))
    return counts
  }

  private addNew(name: string, hash: number, count: number): void {
    const entry = { name, hash, count }
    if (this.last !== null && compareHashes(entry, this.last) > 0) {
      this.dropped += entry.count
      return
    }
    this.kept.set(entry.name, entry)
    // Trimming at twice the limit makes the sort cheap per name.
    if (this.kept.size >= 2 * NAMES_MAX) this.trim()
  }

  private trim(): void {
    if (this.unread !== null || this.kept.size <= NAMES_MAX) return
    const sorted = [...this.kept.values()].sort(compareHashes)
    this.last = sorted[NAMES_MAX - 1]!
    for (const entry of sorted.slice(NAMES_MAX)) {
      this.kept.delete(entry.name)
      this.dropped += entry.count
    }
  }
}

function compareHashes(a: NameCount, b: NameCount): number {
  return a.hash - b.hash || compareUtf8(a.name, b.name)
}
