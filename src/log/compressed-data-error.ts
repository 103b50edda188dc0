/** Compressed bytes that are not what they claim, or that would grow beyond the bound. Counted, never fatal. */
export class CompressedDataError extends Error {
  override readonly name = 'CompressedDataError'
}
