import type { StreamPlan } from '../pane/plan.ts'
import type { Shape } from './decoder.ts'
import { nodesAt } from './path.ts'
import type { SchemaNode } from './schema-node.ts'

/** What of a stream's plan the decoder looks at, when it is not JSON. */
export type ShapePlan = Pick<StreamPlan, 'paths' | 'time'>

/** The outlines that events of a schema can have: one, or one per branch where the root is a union. */
export function shapesOf(root: SchemaNode, schemaId: string, timeField: string): readonly Shape[] {
  const branches = root.kind === 'union' && root.branches.length > 0 ? root.branches : [root]
  return branches.map((branch) => ({
    kind: 'shape',
    schemaId,
    fields: branch.kind === 'record' ? outline(branch.fields.map(({ name, type }) => `${name}:${typeText(type)}`)) : [],
    timeUnit: timeUnit(branch, timeField),
  }))
}

/** Sorted, at most 256, each at most 128 characters: a schema must not fill the panes. */
export function outline(fields: readonly string[]): readonly string[] {
  return fields.map((field) => field.slice(0, 128)).sort().slice(0, 256) // prettier-ignore
}

/** The types that a schema's values can have at a path, like `double` or `null|long`; null when it has no such path. */
export function typeAt(root: SchemaNode, path: string): string | null {
  const found = nodesAt(root, path)
  return found.length === 0 ? null : [...new Set(found.map(typeText))].join('|')
}

function typeText(node: SchemaNode): string {
  return node.kind === 'union' ? node.branches.map(({ kind }) => kind).join('|') : node.kind
}

/** By the logical type of the time field, where it has one. Nanoseconds are none of ours: they end as `bad-timestamp`. */
function timeUnit(root: SchemaNode, path: string): Shape['timeUnit'] {
  for (const node of nodesAt(root, path)) {
    for (const branch of node.kind === 'union' ? node.branches : [node]) {
      if (branch.kind !== 'long') continue
      if (branch.logicalType === 'timestamp-micros' || branch.logicalType === 'local-timestamp-micros') return 'us'
      if (branch.logicalType === 'timestamp-millis' || branch.logicalType === 'local-timestamp-millis') return 'ms'
    }
  }
  return null
}
