import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import avsc from 'avsc'
import fc from 'fast-check'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import { COMPLEX } from '../../src/decode/decoder.ts'
import type { SlotValue } from '../../src/decode/decoder.ts'
import {
  decodeAvro,
  decodeWith,
  framed,
  LIMITS,
  lookupOf,
  planFor,
  record,
  recordOf,
  varint,
} from '../unit/decode-support.ts'

/**
 * Against the naive twin: `avsc` decodes the same bytes whole, and what it says at each path is what our slots must hold.
 * Schemas and values are random; fast-check prints the seed of a failure.
 */
type Json = Record<string, unknown>

/** Named types get their names afterwards, so that they are unique; `ref` becomes one that was named before. */
const schemaArbitrary = fc.letrec<{ type: unknown; record: unknown }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'boolean', 'int', 'long', 'float', 'double', 'string', 'bytes'),
    fc.constant({ type: 'long', logicalType: 'timestamp-millis' }),
    fc.record({ type: fc.constant('enum'), symbols: fc.constantFrom(['A'], ['A', 'B', 'C']) }),
    fc.record({ type: fc.constant('fixed'), size: fc.integer({ min: 0, max: 9 }) }),
    fc.record({ ref: fc.nat(9) }),
    fc.record({ type: fc.constant('array'), items: tie('type') }),
    fc.record({ type: fc.constant('map'), values: tie('type') }),
    fc.uniqueArray(tie('type'), { minLength: 1, maxLength: 4, selector: branchLabel }),
    tie('record'),
  ),
  record: fc.record({
    type: fc.constant('record'),
    namespace: fc.constantFrom(undefined, '', 'shop', 'shop.deep'),
    fields: fc.array(tie('type'), { maxLength: 6 }),
  }),
}))

/** A union holds each unnamed type once; of unions inside, none. */
function branchLabel(schema: unknown): unknown {
  if (typeof schema === 'string') return schema
  if (Array.isArray(schema)) return 'int'
  const { type, ref } = schema as Json
  return ref !== undefined ? 'ref' : type === 'array' || type === 'map' || type === 'long' ? type : schema
}

function named(root: unknown): unknown {
  const names: string[] = []
  const open = new Set<string>()
  const visit = (schema: unknown, namespace: string): unknown => {
    if (Array.isArray(schema))
      return unionOf(schema.filter((branch) => !Array.isArray(branch)).map((branch) => visit(branch, namespace)))
    if (typeof schema !== 'object' || schema === null) return schema
    const json = schema as Json
    if (json.ref !== undefined) {
      // A name without namespace cannot be said inside one.
      const known = names.filter((name) => !open.has(name) && (namespace === '' || name.includes('.')))
      return known[Number(json.ref) % Math.max(1, known.length)] ?? 'string'
    }
    if (json.type === 'array') return { ...json, items: visit(json.items, namespace) }
    if (json.type === 'map') return { ...json, values: visit(json.values, namespace) }
    if (json.type === 'long') return json
    const inside = typeof json.namespace === 'string' ? json.namespace : namespace
    const name = `T${names.length}`
    const whole = inside === '' ? name : `${inside}.${name}`
    names.push(whole)
    if (json.type !== 'record') return { ...json, name }
    open.add(whole)
    const fields = (json.fields as unknown[]).map((type, at) => ({ name: `f${at}`, type: visit(type, inside) }))
    open.delete(whole)
    return { type: 'record', name, ...(json.namespace === undefined ? {} : { namespace: json.namespace }), fields }
  }
  return visit(root, '')
}

/** A type that was defined here and is named again is the same branch twice. */
function unionOf(branches: readonly unknown[]): unknown {
  const label = (branch: unknown): string => {
    const { type, name, namespace } = branch as Record<string, string>
    return typeof branch === 'string'
      ? branch
      : String(name === undefined ? type : namespace ? `${namespace}.${name}` : name)
  }
  const labels = branches.map((branch) => label(branch).split('.').at(-1)!)
  const distinct = branches.filter((_, at) => labels.indexOf(labels[at]!) === at)
  return distinct.length === 0 ? 'null' : distinct
}

const caseArbitrary = schemaArbitrary.record.map(named).chain((schema) => {
  const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true })
  return fc.record({ schema: fc.constant(schema), type: fc.constant(type), value: valueArbitrary(type) })
})

function valueArbitrary(type: avsc.Type): fc.Arbitrary<unknown> {
  if (type instanceof avsc.types.RecordType) {
    return fc.record(Object.fromEntries(type.fields.map((field) => [field.name, valueArbitrary(field.type)])))
  }
  if (type instanceof avsc.types.ArrayType) return fc.array(valueArbitrary(type.itemsType), { maxLength: 5 })
  if (type instanceof avsc.types.MapType) {
    return fc.dictionary(fc.constantFrom('a', 'b', 'a.b', 'constructor'), valueArbitrary(type.valuesType), { noNullPrototype: true }) // prettier-ignore
  }
  if (type instanceof avsc.types.WrappedUnionType) {
    return fc.oneof(
      ...type.types.map((branch) => {
        const name = branch.branchName!
        return name === 'null' ? fc.constant(null) : valueArbitrary(branch).map((value) => ({ [name]: value }))
      }),
    )
  }
  if (type instanceof avsc.types.EnumType) return fc.constantFrom(...type.symbols)
  if (type instanceof avsc.types.FixedType) return fc.uint8Array({ minLength: type.size, maxLength: type.size }).map((each) => Buffer.from(each)) // prettier-ignore
  switch (type.typeName) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'int':
      return fc.integer()
    case 'long':
      // avsc reads no more.
      return fc.integer({ min: -(2 ** 52), max: 2 ** 52 })
    case 'float':
      return fc.float()
    case 'double':
      return fc.double()
    case 'string':
      return fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constantFrom('m1', 'm2', '\ufffd'))
    case 'bytes':
      return fc.uint8Array({ maxLength: 20 }).map((each) => Buffer.from(each))
    default:
      throw new Error(type.typeName)
  }
}

/** Every path the value has something at, and some it has not. */
function* pathsOf(type: avsc.Type, depth = 0): Generator<string> {
  yield ''
  if (depth > 5) return
  if (type instanceof avsc.types.RecordType) {
    for (const field of type.fields) for (const rest of pathsOf(field.type, depth + 1)) yield join(field.name, rest)
    yield 'missing'
  } else if (type instanceof avsc.types.MapType) {
    for (const rest of pathsOf(type.valuesType, depth + 1)) yield join('a', rest)
    yield 'b'
  } else if (type instanceof avsc.types.WrappedUnionType) {
    for (const branch of type.types) yield* pathsOf(branch, depth + 1)
  }
}

const join = (name: string, rest: string): string => (rest === '' ? name : `${name}.${rest}`)

/** What the slot of a path must hold. */
function expected(type: avsc.Type, value: unknown, path: string): SlotValue {
  if (type instanceof avsc.types.WrappedUnionType) {
    if (value === null) return hasPath(type, path) ? null : undefined
    const name = Object.keys(value as object)[0]!
    return expected(
      type.types.find((branch) => branch.branchName === name)!,
      (value as Json)[name],
      path,
    )
  }
  if (path === '') {
    if (value === null) return null
    if (typeof value === 'object') return COMPLEX
    return value as SlotValue
  }
  const [head, rest] = [path.split('.')[0]!, path.split('.').slice(1).join('.')]
  if (type instanceof avsc.types.RecordType) {
    const field = type.fields.find(({ name }) => name === head)
    return field === undefined ? undefined : expected(field.type, (value as Json)[head], rest)
  }
  if (type instanceof avsc.types.MapType) {
    const key = rest !== '' && hasPath(type.valuesType, rest) ? head : path
    return Object.hasOwn(value as object, key)
      ? expected(type.valuesType, (value as Json)[key], key === head ? rest : '')
      : undefined
  }
  return undefined
}

function hasPath(type: avsc.Type, path: string): boolean {
  if (path === '' || type instanceof avsc.types.MapType) return true
  if (type instanceof avsc.types.WrappedUnionType) return type.types.some((branch) => hasPath(branch, path))
  if (!(type instanceof avsc.types.RecordType)) return false
  const field = type.fields.find(({ name }) => name === path.split('.')[0])
  return field !== undefined && hasPath(field.type, path.split('.').slice(1).join('.'))
}

describe('the generated reader', () => {
  it('says at every path what avsc says of the whole', () => {
    fc.assert(
      fc.property(caseArbitrary, fc.infiniteStream(fc.boolean()), ({ schema, type, value }, coins) => {
        const body = type.toBuffer(value)
        const decoded = type.fromBuffer(body)
        const all = [...new Set(pathsOf(type))].filter((path) => path !== '').slice(0, 200)
        for (const paths of [all, all.filter(() => coins.next().value)]) {
          const { outcome, values } = decodeAvro(schema, body, paths)
          assert.equal(outcome.kind, 'shape', JSON.stringify(outcome))
          paths.forEach((path, slot) => assert.deepEqual(values[slot], expected(type, decoded, path), path))
        }
      }),
      { numRuns: 400 },
    )
  })

  it('takes no part of a record for a whole one', () => {
    fc.assert(
      fc.property(caseArbitrary, fc.nat(), ({ schema, type, value }, cut) => {
        const body = type.toBuffer(value)
        const paths = [...new Set(pathsOf(type))].filter((path) => path !== '').slice(0, 50)
        fc.pre(body.length > 0)
        const { outcome } = decodeAvro(schema, body.subarray(0, cut % body.length), paths)
        assert.ok(outcome.kind === 'violation' && outcome.reason === 'undecodable')
      }),
      { numRuns: 500 },
    )
  })

  it('survives any bytes', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.array(fc.constantFrom(0, 1, 2, 3, 127, 128, 255), { maxLength: 60 })) // prettier-ignore
    fc.assert(
      fc.property(
        schemaArbitrary.record.map(named),
        fc.array(bytes, { minLength: 20, maxLength: 20 }),
        (schema, inputs) => {
          const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true })
          const paths = [...new Set(pathsOf(type))].filter((path) => path !== '').slice(0, 50)
          const decoder = createDecoder(planFor(paths), lookupOf({ 'id:7': schema }), LIMITS)
          for (const input of inputs) {
            const { outcome } = decodeWith(decoder, recordOf(framed(7, Uint8Array.from(input))), paths.length)
            assert.ok(outcome.kind === 'shape' || outcome.reason === 'undecodable')
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('survives a flipped byte; what it then skips whole, avsc reads whole', () => {
    fc.assert(
      fc.property(caseArbitrary, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ schema, type, value }, at, flip) => {
        const body = Buffer.from(type.toBuffer(value))
        fc.pre(body.length > 0)
        body[at % body.length]! ^= flip
        const { outcome } = decodeAvro(schema, body, [])
        // avsc believes hostile counts, and no block sizes.
        if (outcome.kind === 'violation' || /"(array|map)"/.test(JSON.stringify(schema))) return
        try {
          type.fromBuffer(body)
        } catch (error) {
          assert.doesNotMatch((error as Error).message, /truncated|trailing/)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('reads every 64-bit integer exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(63), (wide, shift) => {
        const value = wide >> BigInt(shift)
        const { values } = decodeAvro(record(['n', 'long']), varint(value), ['n'])
        assert.equal(BigInt(values[0] as number | bigint), value)
        assert.equal(typeof values[0], value > -(2n ** 53n) && value < 2n ** 53n ? 'number' : 'bigint')
      }),
      { numRuns: 2000 },
    )
  })
})
