import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import type { PieceReader } from './piece-reader.ts'

export interface Block {
  kind: 'block'
  /** From 1. */
  block: number
  /** Records in it, as the block says. */
  count: number
  /** The records, decompressed; good until the next block is asked for. */
  data: Buffer
}

export interface ContainerHeader {
  /** The writer's schema, JSON text. */
  schema: string
  codec: 'null' | 'deflate'
  /** Stands behind every block. */
  sync: Buffer
}

export const CONTAINER_MAGIC = Buffer.from('Obj\x01', 'latin1')
/** A writer cuts blocks at some 64 kB; a thousand times that is no block, and would only fill the memory. */
export const BLOCK_BYTES_MAX = 64 * 2 ** 20
const HEADER_BYTES_MAX = 4 * 2 ** 20

/**
 * An Avro object container (Avro 1.12, "Object Container Files"):
 *
 *   Obj1 | metadata map | sync(16)  ‖  count | size | data | sync(16)  ‖  count | ...
 */
export async function readContainerHeader(reader: PieceReader): Promise<ContainerHeader> {
  if (!(await reader.take(4)).equals(CONTAINER_MAGIC)) throw new Error('it does not begin as an Avro container')
  const metadata = await readMetadata(reader)
  const sync = Buffer.from(await reader.take(16))
  const schema = metadata.get('avro.schema')?.toString('utf8')
  if (schema === undefined) throw new Error('its header has no schema')
  const codec = metadata.get('avro.codec')?.toString('utf8') ?? 'null'
  if (codec !== 'null' && codec !== 'deflate') {
    throw new Error(`its codec is ${JSON.stringify(codec.slice(0, 32))}; only null and deflate can be read`)
  }
  return { schema, codec, sync }
}

/** A map in Avro's blocks of entries, a negative count being followed by the block's size. */
async function readMetadata(reader: PieceReader): Promise<Map<string, Buffer>> {
  const metadata = new Map<string, Buffer>()
  for (;;) {
    let count = await readLong(reader)
    if (count === 0) return metadata
    if (count < 0) {
      count = -count
      await readLong(reader)
    }
    for (let at = 0; at < count; at++) {
      const key = (await readBytes(reader)).toString('utf8')
      metadata.set(key, await readBytes(reader))
    }
  }
}

async function readBytes(reader: PieceReader): Promise<Buffer> {
  const size = await readLong(reader)
  if (size < 0 || reader.taken + size > HEADER_BYTES_MAX) throw new Error('its header is damaged')
  return reader.take(size)
}

/** Zigzag; exact up to 2^53, and more is no count and no size. */
async function readLong(reader: PieceReader): Promise<number> {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = await reader.takeByte()
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n))
  }
  throw new Error('a number in it does not end')
}

const inflate = promisify(inflateRaw)

/** Every block up to the end, or up to damage, which is thrown after the blocks before it were handed out. */
export async function* readBlocks(reader: PieceReader, header: ContainerHeader): AsyncGenerator<Block> {
  const blocks = inflateBlocks(reader, header)
  try {
    // The next block is read and inflated, on another thread, while the caller decodes this one.
    let coming = blocks.next()
    for (;;) {
      const { done, value } = await coming
      if (done) return
      coming = blocks.next()
      // Damage is met when the caller comes for it.
      coming.catch(() => undefined)
      yield value.block
      reader.release(value.end)
    }
  } finally {
    await blocks.return(undefined)
  }
}

/** Each with the place where it ends. */
async function* inflateBlocks(
  reader: PieceReader,
  { codec, sync }: ContainerHeader,
): AsyncGenerator<{ block: Block; end: number }, undefined> {
  for (let block = 1; !(await reader.isAtEnd()); block++) {
    const count = await readLong(reader)
    const size = await readLong(reader)
    if (count < 0 || size < 0) throw new Error('its count or size is negative')
    if (size > BLOCK_BYTES_MAX) throw new Error(`it says it has ${size} bytes; at most ${BLOCK_BYTES_MAX} can be read`)
    const packed = await reader.take(size)
    if (!(await reader.take(16)).equals(sync)) throw new Error('its sync marker is wrong')
    const end = reader.taken
    const data = codec === 'null' ? packed : await inflate(packed, { maxOutputLength: BLOCK_BYTES_MAX })
    yield { block: { kind: 'block', block, count, data }, end }
  }
}
