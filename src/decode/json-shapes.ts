import type { Shape } from './decoder.ts'
import { outline } from './avro-shape.ts'

/**
 * Finds the one `Shape` object of an event's keys and types, without making a list of them first.
 *
 * A trie: from each node, the next type and key lead to the next node. Producers write keys in the same order, so the key
 * that followed last time is nearly always the right one, and telling so is one comparison of pointers.
 *
 *   root ─ id:string ─ ts:number ─┬─ price:number ─ ... ─ shape
 *                                 └─ price:null ─ ... ─ shape
 *
 * An outline depends on its event alone. So a full trie is dropped and grown again: the same outline may then come as two
 * objects of equal content, which costs a little and never changes what is counted.
 */
export class JsonShapes {
  root: ShapeNode
  private readonly schemaId: string
  private readonly slots: ReadonlyMap<string, number>
  private readonly size = { nodes: 0, shapes: 0 }

  /** `slots`: where a top-level key goes. */
  constructor(schemaId: string, slots: ReadonlyMap<string, number>) {
    this.schemaId = schemaId
    this.slots = slots
    this.root = new ShapeNode('', 0, -1, null)
  }

  /** The node behind `node` for a key and type; it is the expected one from now on. */
  step(node: ShapeNode, key: string, type: number): ShapeNode {
    const expected = node.expected[type]
    if (expected != null && expected.key === key) return expected
    const known = node.others?.get(key)?.[type]
    if (known !== undefined) {
      node.expected[type] = known
      return known
    }
    this.size.nodes++
    // A key that is kept must not be long, nor keep the text alive that it was cut from. One that was cut is never found again.
    if (key.length > NAME_MAX) return new ShapeNode(Buffer.from(key.slice(0, NAME_MAX)).toString(), type, -1, node)
    const next = new ShapeNode(key, type, this.slots.get(key) ?? -1, node)
    node.keep(next)
    return next
  }

  /** Ends an event. */
  shapeAt(node: ShapeNode): Shape {
    if (node.shape !== null) return node.shape
    const shape = new JsonShape(this.schemaId, node)
    node.shape = shape
    if (++this.size.shapes > SHAPES_MAX || this.size.nodes > NODES_MAX) this.clear()
    return shape
  }

  private clear(): void {
    this.root = new ShapeNode('', 0, -1, null)
    this.size.nodes = 0
    this.size.shapes = 0
  }
}

export class ShapeNode {
  readonly key: string
  /** Index into `JSON_TYPES`. */
  readonly type: number
  /** Where a value of this key goes; -1 = nowhere. */
  readonly slot: number
  readonly parent: ShapeNode | null
  /** By type: what followed last time. */
  readonly expected: (ShapeNode | null)[] = [null, null, null, null, null, null]
  /** Of any type: what the scanner looks for first. */
  likely: ShapeNode | null = null
  shape: Shape | null = null
  /** By key, then by type. */
  others: Map<string, (ShapeNode | undefined)[]> | null = null
  /** The key and its colon as JSON spells them, once the scanner has asked for it. */
  spelled: Uint8Array | null = null

  constructor(key: string, type: number, slot: number, parent: ShapeNode | null) {
    this.key = key
    this.type = type
    this.slot = slot
    this.parent = parent
  }

  spell(): Uint8Array {
    return (this.spelled = Buffer.from(`${JSON.stringify(this.key)}:`))
  }

  keep(next: ShapeNode): void {
    this.others ??= new Map()
    const byType = this.others.get(next.key) ?? JSON_TYPES.map(() => undefined)
    byType[next.type] = next
    this.expected[next.type] = next
    this.likely = next
    this.others.set(next.key, byType)
  }
}

export const JSON_TYPES = ['null', 'boolean', 'number', 'string', 'object', 'array'] as const
/** A shape names no more fields than this, so nothing behind them is worth a node. */
export const FIELDS_MAX = 256

const NAME_MAX = 128
const SHAPES_MAX = 1024
const NODES_MAX = 32_768

/** Its fields are written out only when somebody asks: an event in which anything may be null has many outlines. */
class JsonShape implements Shape {
  readonly kind = 'shape'
  readonly schemaId: string
  readonly timeUnit = null
  private readonly node: ShapeNode
  private known: readonly string[] | null = null

  constructor(schemaId: string, node: ShapeNode) {
    this.schemaId = schemaId
    this.node = node
  }

  get fields(): readonly string[] {
    if (this.known !== null) return this.known
    const fields: string[] = []
    for (let node = this.node; node.parent !== null; node = node.parent) {
      fields.push(`${node.key}:${JSON_TYPES[node.type]}`)
    }
    this.known = outline(fields)
    return this.known
  }
}
