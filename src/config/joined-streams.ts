/**
 * Streams that a ratio metric brings together form a group: metrics, as sets of stream names, in; groups of names out.
 * A stream without such a metric is a group of its own. Each group ascends by name, and so do the groups by their first.
 */
export function joinNames(names: readonly string[], joins: readonly (readonly string[])[]): string[][] {
  const groupOf = new Map(names.map((name) => [name, new Set([name])]))
  for (const joined of joins) {
    const groups = joined.flatMap((name) => groupOf.get(name) ?? [])
    const merged = new Set(groups.flatMap((group) => [...group]))
    for (const name of merged) groupOf.set(name, merged)
  }
  const groups = [...new Set(groupOf.values())].map((group) => [...group].sort())
  return groups.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))
}
