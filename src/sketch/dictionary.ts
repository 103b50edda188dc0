import { categoryName } from './category-name.ts'
import { murmur3 } from './murmur3.ts'

/** Twice what category counts keep: names in use have room beside those that will be dropped. */
const NAMES_LIMIT = 2048
/** Misses of a full dictionary after which it starts anew: its names may be those of last week. */
const MISSES_MAX = 4 * NAMES_LIMIT

/**
 * Numbers for the names of a categorical field, so that a column can buffer numbers and hash a name once. It may be shared by
 * all panes of a field and partition, one after the other or open together: what it holds never shows in any sketch.
 *
 * It is bounded. When it is full, unknown names get no number and are counted one by one; when that happens often, a new
 * page begins, and columns that still hold numbers of the old page keep that page until they fold.
 */
export class Dictionary {
  page = new DictionaryPage()
  private misses = 0

  /** A page has no room for a name. */
  miss(): void {
    if (++this.misses < MISSES_MAX) return
    this.misses = 0
    this.page = new DictionaryPage()
  }
}

export class DictionaryPage {
  readonly ids = new Map<string, number>()
  readonly names: string[] = []
  readonly hashes: number[] = []

  /** The number of a text that `ids` does not have; -1 if there is no room. */
  enter(text: string): number {
    const name = categoryName(text)
    const known = this.ids.get(name)
    if (known !== undefined) return known
    if (this.names.length >= NAMES_LIMIT) return -1
    const id = this.names.push(name) - 1
    this.hashes.push(murmur3(name, 0))
    this.ids.set(name, id)
    return id
  }
}

/** Of numbers in a page. */
export const IDS_MAX = NAMES_LIMIT
