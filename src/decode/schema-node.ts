/** An Avro schema after parsing: names are resolved, so a record may contain itself. */
export type SchemaNode = PrimitiveNode | FixedNode | EnumNode | ArrayNode | MapNode | UnionNode | RecordNode

export const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const
export type Primitive = (typeof PRIMITIVES)[number]

export interface PrimitiveNode {
  kind: Primitive
  logicalType: string | null
}

export interface FixedNode {
  kind: 'fixed'
  size: number
}

export interface EnumNode {
  kind: 'enum'
  symbols: readonly string[]
}

export interface ArrayNode {
  kind: 'array'
  items: SchemaNode
}

export interface MapNode {
  kind: 'map'
  values: SchemaNode
}

export interface UnionNode {
  kind: 'union'
  branches: readonly SchemaNode[]
}

export interface RecordNode {
  kind: 'record'
  /** Filled after the node exists, because a field may name the record itself. */
  fields: { name: string; type: SchemaNode }[]
}
