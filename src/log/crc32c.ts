/**
 * CRC-32C (Castagnoli), the checksum of Kafka's record batches and of our file logs.
 *
 * "Slicing by sixteen": sixteen tables let one step take sixteen bytes, read as four numbers; a third faster than by eight.
 */
const POLYNOMIAL = 0x82f63b78
const TABLES = makeTables()

/** The unsigned checksum of bytes [start, end). */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const t = TABLES
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let crc = -1
  let at = start
  for (const whole = end - 15; at < whole; at += 16) {
    const first = crc ^ view.getInt32(at, true)
    const second = view.getInt32(at + 4, true)
    const third = view.getInt32(at + 8, true)
    const last = view.getInt32(at + 12, true)
    crc =
      t[3840 + (first & 0xff)]! ^
      t[3584 + ((first >>> 8) & 0xff)]! ^
      t[3328 + ((first >>> 16) & 0xff)]! ^
      t[3072 + (first >>> 24)]! ^
      t[2816 + (second & 0xff)]! ^
      t[2560 + ((second >>> 8) & 0xff)]! ^
      t[2304 + ((second >>> 16) & 0xff)]! ^
      t[2048 + (second >>> 24)]! ^
      t[1792 + (third & 0xff)]! ^
      t[1536 + ((third >>> 8) & 0xff)]! ^
      t[1280 + ((third >>> 16) & 0xff)]! ^
      t[1024 + (third >>> 24)]! ^
      t[768 + (last & 0xff)]! ^
      t[512 + ((last >>> 8) & 0xff)]! ^
      t[256 + ((last >>> 16) & 0xff)]! ^
      t[last >>> 24]!
  }
  for (; at < end; at++) crc = t[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

function makeTables(): Int32Array {
  const tables = new Int32Array(16 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    tables[byte] = crc
  }
  for (let at = 256; at < 4096; at++) tables[at] = (tables[at - 256]! >>> 8) ^ tables[tables[at - 256]! & 0xff]!
  return tables
}
