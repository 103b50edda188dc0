import type { SchemaNode } from './schema-node.ts'

/**
 * The fewest bytes that a value of a type can take. A lower bound: while a record is being measured, itself inside counts
 * as nothing. It is what makes a block count honest: `count` items need `count × minimum` bytes.
 */
export class SchemaSizes {
  private readonly minimums = new Map<SchemaNode, number>()

  minimum(node: SchemaNode): number {
    const known = this.minimums.get(node)
    if (known !== undefined) return known
    this.minimums.set(node, 0)
    const size = this.measure(node)
    this.minimums.set(node, size)
    return size
  }

  /** The size of every value of the type, or null when they differ. */
  fixed(node: SchemaNode): number | null {
    switch (node.kind) {
      case 'record': {
        // A record of records doubles at most once per level; each level is measured once.
        if (this.fixedSizes.has(node)) return this.fixedSizes.get(node)!
        this.fixedSizes.set(node, null)
        let total: number | null = 0
        for (const field of node.fields) {
          const size = this.fixed(field.type)
          total = total === null || size === null ? null : total + size
        }
        this.fixedSizes.set(node, total)
        return total
      }
      case 'fixed':
        return node.size
      default:
        return FIXED_SIZES.get(node.kind) ?? null
    }
  }

  private readonly fixedSizes = new Map<SchemaNode, number | null>()

  private measure(node: SchemaNode): number {
    switch (node.kind) {
      case 'record':
        return node.fields.reduce((total, field) => total + this.minimum(field.type), 0)
      case 'union':
        return 1 + node.branches.reduce((least, branch) => Math.min(least, this.minimum(branch)), Infinity)
      case 'fixed':
        return node.size
      default:
        return FIXED_SIZES.get(node.kind) ?? 1
    }
  }
}

const FIXED_SIZES: ReadonlyMap<SchemaNode['kind'], number> = new Map([
  ['null', 0],
  ['boolean', 1],
  ['float', 4],
  ['double', 8],
] as const)
