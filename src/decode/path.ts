import { DEPTH_MAX } from './json-depth.ts'
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

/** Whether values of the type can have something at the path. A map can have any key. */
export function hasPath(node: SchemaNode, path: string, depth = 0): boolean {
  if (depth > DEPTH_MAX) return false
  if (path === '') return true
  switch (node.kind) {
    case 'union':
      return node.branches.some((branch) => hasPath(branch, path, depth + 1))
    case 'map':
      return true
    case 'record':
      return node.fields.some(({ name, type }) =>
        targetsIn([{ path, slot: 0 }], name).some((inner) => hasPath(type, inner.path, depth + 1)),
      )
    default:
      return false
  }
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
