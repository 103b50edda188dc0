import type { SchemaNode } from './schema-node.ts'

/** What of a value is wanted: the rest of a dotted path ('' = the value itself) and where it goes. */
export interface Target {
  path: string
  slot: number
}

/** What is wanted of a record's field. */
export function targetsIn(targets: readonly Target[], field: string): Target[] {
  const inner: Target[] = []
  for (const { path, slot } of targets) {
    if (path === field) inner.push({ path: '', slot })
    else if (path.startsWith(field) && path[field.length] === '.') {
      inner.push({ path: path.slice(field.length + 1), slot })
    }
  }
  return inner
}

/**
 * The types that values can have at a path; none where the schema has no such path. A map can have any key.
 *
 * Records that contain each other through unions offer more ways along a path than there are atoms: each pair of type and
 * rest of the path is visited once.
 */
export function nodesAt(root: SchemaNode, path: string): readonly SchemaNode[] {
  const visited = new Map<string, Set<SchemaNode>>()
  const found = new Set<SchemaNode>()
  const visit = (node: SchemaNode, rest: string): void => {
    const visitedAtRest = visited.get(rest) ?? new Set()
    if (visitedAtRest.has(node)) return
    visited.set(rest, visitedAtRest.add(node))
    if (rest === '') found.add(node)
    else if (node.kind === 'union') for (const branch of node.branches) visit(branch, rest)
    else if (node.kind === 'map') {
      for (const { inner } of branchesWith(node.values, [{ path: rest, slot: 0 }])) visit(node.values, inner[0]!.path)
    } else if (node.kind === 'record') {
      for (const { name, type } of node.fields) {
        for (const inner of targetsIn([{ path: rest, slot: 0 }], name)) visit(type, inner.path)
      }
    }
  }
  visit(root, path)
  return [...found]
}

export function hasPath(node: SchemaNode, path: string): boolean {
  return nodesAt(node, path).length > 0
}

/**
 * The keys of a map that are wanted. Its keys may have dots in them: a path is one key, unless the map's values can hold
 * what stands behind the first dot.
 */
export function branchesWith(values: SchemaNode, targets: readonly Target[]): { key: string; inner: Target[] }[] {
  const byKey = new Map<string, Target[]>()
  for (const { path, slot } of targets) {
    if (path === '') continue
    const dot = path.indexOf('.')
    const rest = path.slice(dot + 1)
    const [key, inner] = dot > 0 && rest !== '' && hasPath(values, rest) ? [path.slice(0, dot), rest] : [path, '']
    byKey.set(key, [...(byKey.get(key) ?? []), { path: inner, slot }])
  }
  return [...byKey].map(([key, inner]) => ({ key, inner }))
}
