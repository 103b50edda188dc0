import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

/** A query in PromQL, read by the grammar that Prometheus' own editor uses. */
export interface ReadQuery {
  /** Places that are no PromQL, with what stands there. */
  errors: string[]
  selectors: Selector[]
  /** Ranges as they are written, without brackets. */
  ranges: string[]
}

export interface Selector {
  name: string
  matchers: { label: string; operator: string; value: string }[]
  /** The function around its range, such as `rate`; null where it has none. */
  rangeFunction: string | null
  isRange: boolean
}

export function readQuery(promql: string): ReadQuery {
  const query: ReadQuery = { errors: [], selectors: [], ranges: [] }
  const textOf = (node: SyntaxNode): string => promql.slice(node.from, node.to)
  parser.parse(promql).iterate({
    enter: ({ node, type }) => {
      if (type.isError) query.errors.push(`${node.from}: ${promql.slice(Math.max(0, node.from - 20), node.to + 20)}`)
      if (type.name === 'MatrixSelector') query.ranges.push(/\[([^\]]*)\]$/.exec(textOf(node))?.[1] ?? '')
      if (type.name === 'VectorSelector') query.selectors.push(selectorOf(node, textOf))
    },
  })
  return query
}

function selectorOf(node: SyntaxNode, textOf: (node: SyntaxNode) => string): Selector {
  const matchers = [...textOf(node).matchAll(/(\w+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")/g)]
  const isRange = node.parent?.name === 'MatrixSelector'
  const call = isRange ? ancestorCalled('FunctionCall', node) : null
  return {
    name: /^[a-zA-Z_:][\w:]*/.exec(textOf(node))?.[0] ?? '',
    matchers: matchers.map(([, label, operator, value]) => ({ label: label!, operator: operator!, value: JSON.parse(value!) as string })), // prettier-ignore
    rangeFunction: call === null ? null : textOf(call.firstChild!),
    isRange,
  }
}

function ancestorCalled(name: string, node: SyntaxNode): SyntaxNode | null {
  for (let parent = node.parent; parent !== null; parent = parent.parent) if (parent.name === name) return parent
  return null
}
