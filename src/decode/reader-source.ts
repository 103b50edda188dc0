import { FAULT } from './fault.ts'
import { DEPTH_MAX } from './json-depth.ts'
import { SchemaFault } from './parse-schema.ts'
import { branchesWith, hasPath, targetsIn } from './path.ts'
import type { Target } from './path.ts'
import type { ArrayNode, MapNode, RecordNode, SchemaNode, UnionNode } from './schema-node.ts'
import { SchemaSizes } from './schema-size.ts'

/**
 * Writes the source of a reader for one writer schema: a straight line of reads and skips that makes no objects and puts
 * the monitored values into their slots. A full decode spends its time on the twenty fields nobody asked for.
 *
 *   string event_id   monitored   length, bounds, v[0] = S0(bytes)
 *   double x, y, z    not         p += 24, bounds                   (neighbours of known size are one step)
 *   union tags        not         index, then the branch's own skip
 *
 * The source holds numbers and our own words only: slots, sizes, counts, positions in `constants`. No name, symbol or any
 * other text of a schema ever enters it, so a schema can make a reader slow to build, but never say what it does.
 *
 * Every read is bounded: by the end of the record, by the counts in `block`, by depth in recursive types. In generated code
 *   b bytes   p position   e end   v values   d depth   n the number just read   x what helpers hand back   K constants
 */
export class ReaderSource {
  readonly constants: unknown[] = []
  private readonly sizes = new SchemaSizes()
  private readonly functions: string[] = []
  private readonly skippers = new Map<SchemaNode, string>()
  private names = 0
  private steps = 0

  /** The body of a function of (x, V, W, L, F, D, Q, S, K, C) that returns the reader. */
  write(root: SchemaNode, targets: readonly Target[], slotCount: number): string {
    const reset = Array.from({ length: slotCount }, (_, slot) => `v[${slot}]=undefined;`).join('')
    const body = root.kind === 'union' ? this.readUnion(root, targets, 0, true) : this.read(root, targets, 0)
    const strings = Array.from({ length: slotCount }, (_, slot) => `const S${slot}=S[${slot}];`).join('')
    const main = `return function(b,p,e,v){let n=0;const d=0;${reset}${body}return p}`
    return ['"use strict";', strings, ...this.functions, main].join('\n')
  }

  private read(node: SchemaNode, targets: readonly Target[], depth: number): string {
    if (targets.length === 0 || depth > DEPTH_MAX) return this.skip(node)
    const slot = targets.find(({ path }) => path === '')?.slot
    switch (node.kind) {
      case 'record':
        return store(slot, 'C') + this.readRecord(node, targets, depth)
      case 'union':
        return this.readUnion(node, targets, depth, false)
      case 'map':
        return store(slot, 'C') + this.readMap(node, targets, depth)
      default:
        return slot === undefined ? this.skip(node) : this.readScalar(node, slot)
    }
  }

  private readScalar(node: SchemaNode, slot: number): string {
    switch (node.kind) {
      case 'null':
        return store(slot, 'null')
      case 'boolean':
        return `${NEED_BYTE}n=b[p++];${failIf('n>1', FAULT.boolean)}${store(slot, 'n===1')}`
      case 'int':
        return NUMBER + store(slot, '(n>>>1)^-(n&1)')
      case 'long':
        return `${store(slot, 'L(b,p,e)')}${TAKE_POSITION}`
      case 'float':
        return `${failIf('e-p<4', FAULT.truncated)}${store(slot, 'F(b,p)')}p+=4;`
      case 'double':
        return `${failIf('e-p<8', FAULT.truncated)}${store(slot, 'D(b,p)')}p+=8;`
      case 'string': {
        const check = failIf(`v[${slot}]===undefined`, FAULT.utf8)
        return `${LENGTH}${failIf('n>e-p', FAULT.truncated)}${store(slot, `S${slot}(b,p,n)`)}${check}p+=n;`
      }
      case 'enum': {
        const check = failIf(`(n&1)!==0||(n>>>=1)>=${node.symbols.length}`, FAULT.symbol)
        return `${NUMBER}${check}${store(slot, `${this.constant(node.symbols)}[n]`)}`
      }
      default:
        return store(slot, 'C') + this.skip(node)
    }
  }

  private readRecord(node: RecordNode, targets: readonly Target[], depth: number): string {
    this.steps += node.fields.length
    if (this.steps > STEPS_MAX) throw new SchemaFault('schema is too complex')
    const steps: string[] = []
    let fixedSize = 0
    const flush = (): void => {
      if (fixedSize > 0) steps.push(forward(fixedSize))
      fixedSize = 0
    }
    for (const { name, type } of node.fields) {
      const inner = targetsIn(targets, name)
      const size = inner.length === 0 ? this.sizes.fixed(type) : null
      if (size !== null) fixedSize += size
      else {
        flush()
        steps.push(this.read(type, inner, depth + 1))
      }
    }
    flush()
    return steps.length <= CHUNK_MAX ? steps.join('') : this.inChunks(steps)
  }

  /** V8 optimises no function of more than 60 kB of bytecode: a wide record is read by several. */
  private inChunks(steps: readonly string[]): string {
    let calls = ''
    for (let at = 0; at < steps.length; at += CHUNK_MAX) {
      const name = this.name('m')
      this.add(`function ${name}(b,p,e,v){let n=0;const d=0;${steps.slice(at, at + CHUNK_MAX).join('')}return p}`)
      calls += `p=${name}(b,p,e,v);${failed('p')}`
    }
    return calls
  }

  /** A null branch makes null of everything below it that some other branch has; a path that no branch has stays absent. */
  private readUnion(node: UnionNode, targets: readonly Target[], depth: number, isRoot: boolean): string {
    const cases = node.branches.map((branch, index) => {
      const note = isRoot ? `x.k=${index};` : ''
      if (branch.kind !== 'null') return note + this.read(branch, targets, depth + 1)
      return note + targets.map(({ path, slot }) => (hasPath(node, path) ? store(slot, 'null') : '')).join('')
    })
    return NUMBER + choose(cases)
  }

  private readMap(node: MapNode, targets: readonly Target[], depth: number): string {
    const wanted = branchesWith(node.values, targets)
    if (wanted.length === 0) return this.skip(node)
    const cases = wanted.map(({ key, inner }) => {
      // A key that comes twice: the last one counts, as in every decoder that makes an object of it.
      const reset = inner.map(({ slot }) => store(slot, 'undefined')).join('')
      return `if(Q(b,p,n,${this.constant(Buffer.from(key))})){p+=n;${reset}${this.read(node.values, inner, depth + 1)}}`
    })
    const item = `${LENGTH}${failIf('n>e-p', FAULT.truncated)}${cases.join('else ')}else{p+=n;${this.skip(node.values)}}`
    return this.blocks(1 + this.sizes.minimum(node.values), item, 'break', true)
  }

  private skip(node: SchemaNode): string {
    const size = this.sizes.fixed(node)
    if (size !== null) return size === 0 ? '' : forward(size)
    switch (node.kind) {
      case 'int':
      case 'enum':
        return skipNumber(5)
      case 'long':
        return skipNumber(10)
      case 'string':
      case 'bytes':
        return SKIP_BYTES
      case 'union':
        return NUMBER + choose(node.branches.map((branch) => this.skip(branch)))
      case 'record':
      case 'array':
      case 'map':
        return `p=${this.skipper(node)}(b,p,e,d);${failed('p')}`
      default:
        throw new Error(`no way to skip ${node.kind}`)
    }
  }

  /** One function per record, array and map type, however often it is used: inlined, they could double with every level. */
  private skipper(node: RecordNode | ArrayNode | MapNode): string {
    const known = this.skippers.get(node)
    if (known !== undefined) return known
    const name = this.name('s')
    this.skippers.set(node, name)
    this.add(`function ${name}(b,p,e,d){let n=0;${this.skipperBody(node)}}`)
    return name
  }

  private skipperBody(node: RecordNode | ArrayNode | MapNode): string {
    switch (node.kind) {
      case 'record': {
        const steps = this.readRecord(node, [], 0)
        return `${failIf(`++d>${DEPTH_MAX}`, FAULT.depth)}${steps}return p`
      }
      case 'array':
        return this.blocks(this.sizes.minimum(node.items), this.skip(node.items), 'return p', false)
      case 'map':
        return this.blocks(1 + this.sizes.minimum(node.values), SKIP_BYTES + this.skip(node.values), 'return p', false)
    }
  }

  /**
   * The blocks of an array or map. A count is believed only if that many items fit into what is left; items that take no
   * bytes at all cannot be counted so, hence the cap. A negative count comes with the block's size, which lets us jump over
   * it (`isRead` false) or must agree with what was read.
   */
  private blocks(itemSizeMin: number, item: string, atEnd: string, isRead: boolean): string {
    const id = this.names++
    const [count, end, total] = [`c${id}`, `q${id}`, `t${id}`]
    const fits = (room: string): string =>
      itemSizeMin === 0
        ? failIf(`(${total}+=${count})>${EMPTY_ITEMS_MAX}`, FAULT.blockCount)
        : failIf(`${count}*${itemSizeMin}>${room}`, FAULT.blockCount)
    const items = item === '' ? '' : `for(;${count}>0;${count}--){${item}}`
    const sized = `${count}=(n>>>1)+1;${NUMBER}${failIf('(n&1)!==0||(n>>>=1)>e-p', FAULT.blockCount)}${fits('n')}`
    const plain = `${count}=n>>>1;${fits('e-p')}`
    const step = isRead
      ? `if((n&1)!==0){${sized}${end}=p+n}else{${plain}${end}=-1}${items}` +
        failIf(`${end}>=0&&p!==${end}`, FAULT.blockCount)
      : `if((n&1)!==0){${sized}p+=n}else{${plain}${items}}`
    return `let ${count}=0,${end}=-1,${total}=0;for(;;){${NUMBER}if(n===0)${atEnd};${step}}`
  }

  private constant(value: unknown): string {
    return `K[${this.constants.push(value) - 1}]`
  }

  private name(prefix: string): string {
    return `${prefix}${this.names++}`
  }

  private add(source: string): void {
    this.functions.push(source)
  }
}

/** 10,000 fields may be skipped and read; along a path, unions of recursive records would multiply without end. */
const STEPS_MAX = 30_000
const CHUNK_MAX = 64
/** Items without bytes (null, an empty record): no loop runs over them, but nobody means more. */
const EMPTY_ITEMS_MAX = 65_536

function failIf(condition: string, fault: number): string {
  return `if(${condition})return -${fault};`
}

function failed(position: string): string {
  return `if(${position}<0)return ${position};`
}

function store(slot: number | undefined, value: string): string {
  return slot === undefined ? '' : `v[${slot}]=${value};`
}

const NEED_BYTE = failIf('p>=e', FAULT.truncated)
const TAKE_POSITION = `p=x.p;${failed('p')}`
/** n = an unsigned number of at most 32 bits, still zigzag: odd is negative. Nearly all are a single byte. */
const NUMBER = `${NEED_BYTE}n=b[p++];if(n>127){n=V(b,p,e,n);${TAKE_POSITION}}`
const LENGTH = `${NUMBER}${failIf('(n&1)!==0', FAULT.length)}n>>>=1;`
const SKIP_BYTES = `${NUMBER}${failIf('(n&1)!==0', FAULT.length)}p+=n>>>1;${failIf('p>e', FAULT.truncated)}`

function forward(size: number): string {
  return `p+=${size};${failIf('p>e', FAULT.truncated)}`
}

function skipNumber(sizeMax: number): string {
  return `${NEED_BYTE}if(b[p++]>127){p=W(b,p,e,${sizeMax - 1});${failed('p')}}`
}

/** By the branch index in n. Branches that do the same share a case. */
function choose(cases: readonly string[]): string {
  const byCode = new Map<string, number[]>()
  cases.forEach((code, index) => byCode.set(code, [...(byCode.get(code) ?? []), index * 2]))
  const arms = [...byCode].map(([code, labels]) => `${labels.map((label) => `case ${label}:`).join('')}${code}break;`)
  return `switch(n){${arms.join('')}default:return -${FAULT.branch}}`
}
