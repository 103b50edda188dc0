import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { deflateRawSync, gzipSync } from 'node:zlib'
import avro from 'avsc'
import fc from 'fast-check'
import { openInput } from '../../src/log/input/open-input.ts'
import type { InputFile, Lines } from '../../src/log/input/open-input.ts'

let directory: string
before(() => void (directory = mkdtempSync(path.join(tmpdir(), 'evenkeel-input-'))))
after(() => rmSync(directory, { recursive: true }))

const LIMIT = { recordBytesMax: 1024 * 1024 }

describe('lines', () => {
  it('come without their ends, whether these are \\n or \\r\\n, the last one without any', async () => {
    const { lines, lastLine } = await linesOf('{"a":1}\n{"a":2}\r\n{"a":3}')
    assert.deepEqual(lines, ['{"a":1}', '{"a":2}', '{"a":3}'])
    assert.equal(lastLine, 3)
  })

  it('are left out where they are blank, but counted', async () => {
    const { lines, lastLine } = await linesOf('\n\r\n  \t\n{"a":1}\n\n\n')
    assert.deepEqual(lines, ['{"a":1}'])
    assert.equal(lastLine, 6)
  })

  it('are none in an empty file, nor in one of blank lines', async () => {
    assert.deepEqual((await linesOf('')).lines, [])
    assert.deepEqual((await linesOf('\n\n  \n')).lines, [])
    assert.deepEqual((await linesOf(gzipSync(''))).lines, [])
  })

  it('begin behind a byte order mark', async () => {
    assert.deepEqual((await linesOf('\ufeff{"a":1}\n\ufeff{}')).lines, ['{"a":1}', '\ufeff{}'])
  })

  it('longer than the limit are cut off one byte behind it, and the next one is whole', async () => {
    const long = 'x'.repeat(5 * 1024 * 1024)
    const { lines } = await linesOf(`{"a":1}\n${long}\n{"a":2}\r\n${long}`)
    assert.deepEqual(
      lines.map((line) => line.length),
      [7, LIMIT.recordBytesMax + 1, 7, LIMIT.recordBytesMax + 1],
    )
  })

  it('of exactly the limit are whole, also before \\r\\n', async () => {
    for (const end of ['', '\n', '\r\n']) {
      const { lines } = await linesOf(`{"a":1}\n1234567890${end}`, { recordBytesMax: 10 })
      assert.deepEqual(lines, ['{"a":1}', '1234567890'])
    }
    assert.deepEqual((await linesOf('1234567890ab\n', { recordBytesMax: 10 })).lines, ['1234567890a'])
  })

  it('are those of the naive way, wherever pieces and members of the file begin', async () => {
    // Lines up to twice the limit, in files of a few pieces of 256 KiB.
    const length = fc.oneof(
      fc.nat(40),
      fc.nat(120_000),
      fc.constantFrom(59_999, 60_000, 60_001, 65_536, 131_072, 262_143, 262_144),
    )
    const line = fc.record({ length, letter: fc.constantFrom('a', 'é', ' ', '\t'), end: fc.constantFrom('\n', '\r\n') })
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 14 }), fc.boolean(), fc.nat(), async (parts, isEnded, cut) => {
        const text = parts.map(({ length, letter, end }) => letter.repeat(length) + end).join('')
        const bytes = Buffer.from(isEnded ? text : text.replace(/\r?\n$/, ''))
        const wanted = bytes
          .toString('latin1')
          .split('\n')
          .map((each) => each.replace(/\r$/, ''))
          .filter((each) => /[^ \t\r]/.test(each))
          .map((each) => each.slice(0, 60_001))
        const at = cut % (bytes.length + 1)
        const packed = Buffer.concat([
          gzipSync(bytes.subarray(0, at), { level: 1 }),
          gzipSync(bytes.subarray(at), { level: 1 }),
        ])
        for (const content of [bytes, packed]) {
          const { lines } = await linesOf(content, { recordBytesMax: 60_000 })
          assert.ok(lines.length === wanted.length && lines.every((each, index) => each === wanted[index]))
        }
      }),
      { numRuns: 40, verbose: true },
    )
  })
})

describe('gzip', () => {
  const line = (at: number): string => `{"number":${at},"text":"${(at * 7919).toString(36)}"}\n`
  const text = Array.from({ length: 20_000 }, (_, at) => line(at)).join('')

  it('is known by its first bytes, not by its name', async () => {
    const { lines, input } = await linesOf(gzipSync('{"a":1}\n'), LIMIT, 'named.txt')
    assert.deepEqual(lines, ['{"a":1}'])
    assert.equal(input.isPacked, true)
    const plain = await linesOf('{"a":1}\n', LIMIT, 'named.gz')
    assert.equal(plain.input.isPacked, false)
    assert.deepEqual(plain.lines, ['{"a":1}'])
  })

  it('may have several members, wherever they meet the pieces we inflate at once', async () => {
    const first = Buffer.alloc(40_000, 'y\n')
    for (let padding = 0; padding < 6; padding++) {
      // Stored, not compressed, so that the second member can be moved byte by byte across 32 KiB.
      const head = gzipSync(first.subarray(0, 32_768 - 32 + padding * 5), { level: 0 })
      const { lines } = await linesOf(Buffer.concat([head, gzipSync('{"a":1}\n'), gzipSync(''), gzipSync('{"a":2}\n')]))
      assert.deepEqual(
        lines.slice(-2).map((each) => each.replace(/^y/, '')),
        ['{"a":1}', '{"a":2}'],
      )
    }
    assert.ok(gzipSync(first.subarray(0, 32_768 - 32), { level: 0 }).length < 32_768)
    assert.ok(gzipSync(first.subarray(0, 32_768 - 7), { level: 0 }).length > 32_768)
  })

  it('may end in zeros', async () => {
    const { lines } = await linesOf(Buffer.concat([gzipSync('{"a":1}\n'), Buffer.alloc(100_000)]))
    assert.deepEqual(lines, ['{"a":1}'])
  })

  it('that ends too early gives every whole line before, then the error with the line', async () => {
    const packed = gzipSync(text)
    const { lines, lastLine, error } = await linesOf(packed.subarray(0, Math.floor(packed.length / 2)))
    assert.ok(lines.length > 5_000 && lines.length < 15_000)
    assert.deepEqual(lines, text.split('\n').slice(0, lines.length))
    assert.match(
      String(error),
      new RegExp(`EVENKEEL_INPUT_UNREADABLE: .*: behind line ${lastLine}: the compressed data ends too early`),
    )
  })

  it('that ends too early within a handful of bytes gives the error too', async () => {
    for (const size of [2, 10, 12]) {
      const { lines, error } = await linesOf(gzipSync('{"a":1}\n').subarray(0, size))
      assert.deepEqual(lines, [])
      assert.match(String(error), /behind line 0: the compressed data ends too early/)
    }
  })

  it('that cannot be inflated any further gives what it gave before, then the error', async () => {
    const packed = gzipSync(text, { level: 0 })
    // Stored blocks, whose heads hold their length and its complement: one that begins in the last third no longer fits.
    let at = 10
    while (at < (packed.length * 2) / 3) at += 5 + packed.readUInt16LE(at + 1)
    assert.equal(packed.readUInt16LE(at + 1) ^ packed.readUInt16LE(at + 3), 0xffff)
    packed.writeUInt16LE(packed.readUInt16LE(at + 3) ^ 1, at + 3)
    const { lines, error } = await linesOf(packed)
    // What the inflater had not handed over when it failed is lost: at most the 32 KiB it was given last.
    assert.ok(lines.join('\n').length > at - 33_000)
    assert.ok(isBeginning(lines))
    assert.match(String(error), /behind line \d+: the compressed data is damaged/)
  })

  it('whose checksum is wrong ends in the error', async () => {
    const packed = gzipSync(text)
    packed[packed.length - 5]! ^= 1
    const { lines, error } = await linesOf(packed)
    assert.ok(isBeginning(lines))
    assert.match(String(error), /the compressed data is damaged \(incorrect data check\)/)
  })

  it('hands out all that it had ready before the error, not only the first piece', async () => {
    // 1.6 MB in a few kB: one step of the inflater gives several pieces and then finds the checksum wrong.
    const packed = gzipSync('{"a":1}\n'.repeat(200_000))
    packed[packed.length - 5]! ^= 1
    const { lines, error } = await linesOf(packed)
    assert.ok(lines.length > 160_000 && lines.every((each) => each === '{"a":1}'))
    assert.match(String(error), /damaged/)
  })

  it('that grows a thousandfold needs memory for one line of the limit', async () => {
    const member = gzipSync(Buffer.alloc(16 * 1024 * 1024))
    const bomb = Buffer.concat([...Array<Buffer>(16).fill(member), gzipSync('\n{"a":1}\n')])
    const before = process.memoryUsage().rss
    const { lines } = await linesOf(bomb)
    const grown = process.memoryUsage().rss - before
    assert.deepEqual(
      lines.map((each) => each.length),
      [LIMIT.recordBytesMax + 1, 7],
    )
    assert.ok(grown < 128e6, `grew by ${Math.round(grown / 1e6)} MB for 268 MB of zeros`)
  })

  function isBeginning(lines: string[]): boolean {
    return text.startsWith(lines.map((each) => `${each}\n`).join(''))
  }
})

describe('Avro containers', () => {
  const schema = {
    type: 'record',
    name: 'Event',
    fields: [
      { name: 'number', type: 'long' },
      { name: 'text', type: 'string' },
    ],
  }
  const type = avro.Type.forSchema(schema as avro.Schema)
  const records = Array.from({ length: 1_000 }, (_, number) => ({ number, text: 'x'.repeat(number % 50) }))

  for (const codec of ['null', 'deflate'] as const) {
    for (const isPacked of [false, true]) {
      it(`are read block by block, codec ${codec}${isPacked ? ', gzipped' : ''}`, async () => {
        const container = await containerOf(records, codec)
        const { blocks, input } = await blocksOf(isPacked ? gzipSync(container) : container)
        assert.equal(input.format, 'avro')
        assert.deepEqual((input as { codec?: string }).codec, codec)
        assert.equal(avro.Type.forSchema(JSON.parse((input as { schema: string }).schema)).equals(type), true)
        assert.ok(blocks.length > 5)
        assert.deepEqual(
          blocks.map(({ block }) => block),
          blocks.map((_, at) => at + 1),
        )
        assert.deepEqual(blocks.flatMap(recordsIn), records)
      })
    }
  }

  it('are what was written, wherever the pieces of the file begin', async () => {
    // Blocks of up to two pieces of 256 KiB, in files of several.
    const size = fc.oneof(fc.nat(2000), fc.nat(300_000), fc.constantFrom(262_100, 262_144, 524_288))
    await fc.assert(
      fc.asyncProperty(fc.array(size, { maxLength: 30, size: 'max' }), async (sizes) => {
        const rows = sizes.map((length, number) => ({
          number,
          text: String.fromCharCode(97 + (number % 26)).repeat(length),
        }))
        const { blocks, error } = await blocksOf(containerByHand(rows.map((row) => [row])))
        assert.equal(error, null)
        assert.deepEqual(blocks.flatMap(recordsIn), rows)
      }),
      { numRuns: 20 },
    )
  })

  it('are good until the next block is asked for, also where the marker behind them lies in two pieces', async () => {
    const piece = 262_144
    const one = (length: number) => [{ number: 0, text: 'a'.repeat(length) }]
    const around = containerByHand([one(20_000), one(piece - 30_000)]).length - (piece - 30_000)
    for (const inNext of [1, 8, 15]) {
      // The second block ends so many bytes behind the first piece, and the third one needs the piece after the next.
      const written = [one(20_000), one(piece + inNext - around), one(2 * piece), one(2 * piece)]
      const { blocks } = await blocksOf(containerByHand(written))
      assert.deepEqual(blocks.flatMap(recordsIn), written.flat())
    }
  })

  it('may have no block at all', async () => {
    assert.deepEqual((await blocksOf(containerByHand([]))).blocks, [])
  })

  it('may spell their header in blocks with sizes', async () => {
    const entries = Buffer.concat([avroBytes('avro.schema'), avroBytes(JSON.stringify(schema))])
    const header = Buffer.concat([MAGIC, long(-1), long(entries.length), entries, long(0), SYNC])
    const { blocks } = await blocksOf(Buffer.concat([header, blockByHand(records.slice(0, 3))]))
    assert.deepEqual(blocks.flatMap(recordsIn), records.slice(0, 3))
  })

  it('that end inside a block give the blocks before, then the error with the block', async () => {
    const whole = containerByHand([records.slice(0, 10), records.slice(10, 20)])
    const third = blockByHand(records.slice(20, 30))
    for (const size of [1, 2, 50, third.length - 17, third.length - 1]) {
      const { blocks, error } = await blocksOf(Buffer.concat([whole, third.subarray(0, size)]))
      assert.deepEqual(blocks.flatMap(recordsIn), records.slice(0, 20))
      assert.match(String(error), /EVENKEEL_INPUT_UNREADABLE: .*: block 3: the file ends too early/)
    }
  })

  it('with a wrong sync marker give the blocks before, then the error', async () => {
    const bad = blockByHand(records.slice(10, 20))
    bad[bad.length - 1]! ^= 1
    const { blocks, error } = await blocksOf(Buffer.concat([containerByHand([records.slice(0, 10)]), bad]))
    assert.deepEqual(blocks.flatMap(recordsIn), records.slice(0, 10))
    assert.match(String(error), /block 2: its sync marker is wrong/)
  })

  it('with a hostile block are refused before memory is taken', async () => {
    const whole = containerByHand([records.slice(0, 10)])
    for (const [hostile, words] of [
      [Buffer.concat([long(1), long(2 ** 40)]), /block 2: it says it has \d+ bytes/],
      [Buffer.concat([long(-5), long(10)]), /block 2: its count or size is negative/],
      [Buffer.concat([long(1), long(-10)]), /block 2: its count or size is negative/],
      [Buffer.alloc(12, 0xff), /block 2: a number in it does not end/],
    ] as const) {
      const { blocks, error } = await blocksOf(Buffer.concat([whole, hostile]))
      assert.equal(blocks.length, 1)
      assert.match(String(error), words)
    }
  })

  it('whose block inflates beyond the bound, or not at all, are refused at that block', async () => {
    const header = containerByHand([], 'deflate')
    const good = wrap(10, deflateRawSync(encode(records.slice(0, 10))))
    const bomb = wrap(1, deflateRawSync(Buffer.alloc(65 * 2 ** 20)))
    const broken = wrap(1, Buffer.from('no deflate'))
    for (const bad of [bomb, broken]) {
      const { blocks, error } = await blocksOf(Buffer.concat([header, good, bad]))
      assert.deepEqual(blocks.flatMap(recordsIn), records.slice(0, 10))
      assert.match(String(error), /EVENKEEL_INPUT_UNREADABLE: .*: block 2: /)
    }
  })

  it('with another codec, without schema or with a damaged header are refused when they are opened', async () => {
    const header = (entries: Buffer[]): Buffer =>
      Buffer.concat([MAGIC, long(entries.length / 2), ...entries, long(0), SYNC])
    const text = avroBytes(JSON.stringify(schema))
    for (const [content, words] of [
      [
        header([avroBytes('avro.schema'), text, avroBytes('avro.codec'), avroBytes('snappy')]),
        /header: its codec is "snappy"/,
      ],
      [header([avroBytes('avro.codec'), avroBytes('null')]), /header: its header has no schema/],
      [Buffer.concat([MAGIC, long(1), long(2 ** 31)]), /header: its header is damaged/],
      [header([avroBytes('avro.schema'), text]).subarray(0, 30), /header: the file ends too early/],
    ] as const) {
      await assert.rejects(openInput(write(content), LIMIT), words)
    }
  })

  function containerOf(rows: readonly object[], codec: 'null' | 'deflate'): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const encoder = new avro.streams.BlockEncoder(type, { codec, blockSize: 2_000 })
      const parts: Buffer[] = []
      encoder.on('data', (part: Buffer) => parts.push(part))
      encoder.on('end', () => resolve(Buffer.concat(parts)))
      encoder.on('error', reject)
      for (const row of rows) encoder.write(row)
      encoder.end()
    })
  }

  function containerByHand(blocks: (readonly object[])[], codec = 'null'): Buffer {
    const entries = [
      avroBytes('avro.schema'),
      avroBytes(JSON.stringify(schema)),
      avroBytes('avro.codec'),
      avroBytes(codec),
    ]
    return Buffer.concat([MAGIC, long(2), ...entries, long(0), SYNC, ...blocks.map(blockByHand)])
  }

  function blockByHand(rows: readonly object[]): Buffer {
    return wrap(rows.length, encode(rows))
  }

  function encode(rows: readonly object[]): Buffer {
    return Buffer.concat(rows.map((row) => type.toBuffer(row)))
  }

  function wrap(count: number, data: Buffer): Buffer {
    return Buffer.concat([long(count), long(data.length), data, SYNC])
  }

  function recordsIn({ count, data }: { count: number; data: Buffer }): object[] {
    const rows: object[] = []
    let position = 0
    for (let at = 0; at < count; at++) {
      const { value, offset } = type.decode(data, position)
      rows.push({ ...value })
      position = offset
    }
    assert.equal(position, data.length)
    return rows
  }
})

describe('an input', () => {
  it('that is not there, or is a directory, says so with its name', async () => {
    const missing = path.join(directory, 'missing')
    await assert.rejects(openInput(missing, LIMIT), {
      code: 'EVENKEEL_INPUT_UNREADABLE',
      message: `EVENKEEL_INPUT_UNREADABLE: ${missing}: there is no such file`,
    })
    await assert.rejects(openInput(directory, LIMIT), /EVENKEEL_INPUT_UNREADABLE: .*: it is a directory/)
  })

  it('says how far it is, in bytes of the file', async () => {
    const content = gzipSync('{"a":1}\n'.repeat(10))
    const input = await openInput(write(content), LIMIT)
    assert.equal(input.bytesTotal, content.length)
    for await (const chunk of input.chunks()) assert.ok(chunk)
    assert.equal(input.bytesRead, content.length)
  })

  it('can be left in the middle, and closed before its first line', async () => {
    const file = write('{"a":1}\n'.repeat(200_000))
    const input = await openInput(file, LIMIT)
    for await (const chunk of input.chunks()) if (chunk) break
    await input.close()
    const other = await openInput(file, LIMIT)
    await other.close()
    await other.close()
  })

  it('that grows while it is read is read to its end', async () => {
    const file = write('{"a":1}\n')
    const input = await openInput(file, LIMIT)
    appendFileSync(file, '{"a":2}\n')
    const lines: string[] = []
    for await (const chunk of input.chunks()) if (chunk.kind === 'lines') lines.push(...textsIn(chunk, 'utf8'))
    assert.deepEqual(lines.slice(0, 1), ['{"a":1}'])
    assert.ok(lines.length <= 2)
  })
})

const MAGIC = Buffer.from('Obj\x01', 'latin1')
const SYNC = Buffer.from('0123456789abcdef')

function long(value: number): Buffer {
  return avro.Type.forSchema('long').toBuffer(value)
}

function avroBytes(text: string): Buffer {
  return avro.Type.forSchema('string').toBuffer(text)
}

function write(content: string | Buffer, name = 'events'): string {
  const file = path.join(directory, name)
  writeFileSync(file, content)
  return file
}

interface Read<T> {
  chunks: T[]
  input: InputFile
  error: unknown
}

/** Copies each chunk before it asks for the next, and takes its time: whoever reads ahead must not write into it meanwhile. */
async function read(content: string | Buffer, options = LIMIT, name?: string): Promise<Read<unknown>> {
  const input = await openInput(write(content, name), options)
  const chunks: unknown[] = []
  try {
    for await (const chunk of input.chunks()) {
      await sleep(1)
      chunks.push({ ...chunk, data: Buffer.from(chunk.data) })
    }
  } catch (error) {
    return { chunks, input, error }
  }
  return { chunks, input, error: null }
}

async function linesOf(
  content: string | Buffer,
  options = LIMIT,
  name?: string,
): Promise<{ lines: string[]; lastLine: number; input: InputFile; error: unknown }> {
  const { chunks, input, error } = (await read(content, options, name)) as Read<Lines>
  const lines = chunks.flatMap((chunk) => textsIn(chunk, options === LIMIT ? 'utf8' : 'latin1'))
  return { lines, lastLine: chunks.at(-1)?.lastLine ?? 0, input, error }
}

async function blocksOf(
  content: Buffer,
): Promise<{ blocks: { block: number; count: number; data: Buffer }[]; input: InputFile; error: unknown }> {
  const { chunks, input, error } = (await read(content)) as Read<{ block: number; count: number; data: Buffer }>
  return { blocks: chunks, input, error }
}

function textsIn({ data, bounds }: Lines, encoding: 'utf8' | 'latin1'): string[] {
  return Array.from({ length: bounds.length / 2 }, (_, line) =>
    data.toString(encoding, bounds[line * 2], bounds[line * 2 + 1]),
  )
}
