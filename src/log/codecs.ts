import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { CompressedDataError } from './compressed-data-error.ts'
import { decompressLz4 } from './lz4.ts'
import { decompressSnappy } from './snappy.ts'

/**
 * The four codecs of Kafka by their number in a batch's attributes. All of them bounded: a gibibyte of zeros gzips to
 * one megabyte, which any broker takes.
 */
export function decompress(codec: number, bytes: Buffer, bytesMax: number): Buffer {
  switch (codec) {
    case 0:
      return bytes
    case 1:
      return bounded(() => gunzipSync(bytes, { maxOutputLength: bytesMax }))
    case 2:
      return decompressSnappy(bytes, bytesMax)
    case 3:
      return decompressLz4(bytes, bytesMax)
    case 4:
      return bounded(() => zstdDecompressSync(bytes, { maxOutputLength: bytesMax }))
    default:
      throw new CompressedDataError(`unknown codec ${codec}`)
  }
}

function bounded(run: () => Buffer): Buffer {
  try {
    return run()
  } catch (error) {
    throw new CompressedDataError((error as Error).message, { cause: error })
  }
}
