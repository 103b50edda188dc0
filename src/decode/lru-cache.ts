/** A map of bounded size that forgets what was used longest ago. A Map keeps its keys in the order they were set. */
export class LruCache<Key, Value> {
  private readonly entries = new Map<Key, Value>()
  private readonly sizeMax: number

  constructor(sizeMax: number) {
    this.sizeMax = sizeMax
  }

  get size(): number {
    return this.entries.size
  }

  get(key: Key): Value | undefined {
    const value = this.entries.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: Key, value: Value): void {
    this.entries.delete(key)
    this.entries.set(key, value)
    if (this.entries.size > this.sizeMax) this.entries.delete(this.entries.keys().next().value!)
  }
}
