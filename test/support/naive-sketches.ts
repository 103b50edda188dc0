/** The definitions of the sketches word for word, slow and obvious: twins for the property tests. */
export interface Seen {
  cohort: 0 | 1
  bucket: number
  value: number
}

/** golden/bin-index. */
export function naiveIndex(value: number, shift: number): number {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  const hi = bits.getUint32(0)
  if (value === 0) return 0
  const k = (hi & 0x7fffffff) >>> shift
  return hi >>> 31 === 0 ? k + 1 : -(k + 1)
}

/** The finest shift at which `bins` of these values are no more than `max`. */
export function naiveShift(values: readonly number[], isCounted: (value: number) => boolean, max: number): number {
  let shift = 0
  const counted = values.filter(isCounted)
  while (new Set(counted.map((value) => naiveIndex(value, shift))).size > max) shift++
  return shift
}

export function naiveHistogram(values: readonly number[]) {
  const shift = naiveShift(values, (value) => value !== 0, 1024)
  const counts = new Map<number, number>()
  for (const value of values) {
    const index = naiveIndex(value, shift)
    counts.set(index, (counts.get(index) ?? 0) + 1)
  }
  return {
    shift,
    count: values.length,
    min: values.reduce((a, b) => Math.min(a, b), Infinity) + 0,
    max: values.reduce((a, b) => Math.max(a, b), -Infinity) + 0,
    entries: [...counts].sort(([a], [b]) => a - b),
  }
}

/** Non-zero cells as "cohort bucket index": count. */
export function naiveBinTable(seen: readonly Seen[]) {
  const values = seen.map(({ value }) => value)
  const shift = naiveShift(values, () => true, 64)
  const cells: Record<string, number> = {}
  for (const { cohort, bucket, value } of seen) {
    const cell = `${cohort} ${bucket} ${naiveIndex(value, shift)}`
    cells[cell] = (cells[cell] ?? 0) + 1
  }
  return { shift, indices: [...new Set(values.map((value) => naiveIndex(value, shift)))].sort((a, b) => a - b), cells }
}

/** A name as the sketches keep it: UTF-8 (a lone surrogate is U+FFFD), cut beyond 128 units. */
export function naiveName(text: string): string {
  const short =
    text.length <= 128 ? text : `${text.slice(0, 119)}~${naiveMurmur3(text, 0).toString(16).padStart(8, '0')}`
  return Buffer.from(short, 'utf8').toString('utf8')
}

/** As published, byte by byte with bigints. */
export function naiveMurmur3(text: string, seed: number): number {
  const bytes = Buffer.from(text, 'utf8')
  const word = (value: bigint): bigint => value & 0xffffffffn
  const rotated = (value: bigint, by: bigint): bigint => word((value << by) | (value >> (32n - by)))
  const scrambled = (k: bigint): bigint => word(rotated(word(k * 0xcc9e2d51n), 15n) * 0x1b873593n)
  let h = BigInt(seed)
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    h = word(rotated(h ^ scrambled(BigInt(bytes.readUInt32LE(at))), 13n) * 5n + 0xe6546b64n)
  }
  let tail = 0n
  for (let rest = bytes.length - 1; rest >= at; rest--) tail = (tail << 8n) | BigInt(bytes[rest]!)
  if (at < bytes.length) h ^= scrambled(tail)
  h ^= BigInt(bytes.length)
  h = word((h ^ (h >> 16n)) * 0x85ebca6bn)
  h = word((h ^ (h >> 13n)) * 0xc2b2ae35n)
  return Number(h ^ (h >> 16n))
}

/** Order by UTF-8 bytes. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
}

export function naiveCategoryCounts(names: readonly string[]) {
  const counts = new Map<string, number>()
  for (const name of names.map(naiveName)) counts.set(name, (counts.get(name) ?? 0) + 1)
  const kept = [...counts.keys()]
    .sort((a, b) => naiveMurmur3(a, 0) - naiveMurmur3(b, 0) || byBytes(a, b))
    .slice(0, 1024)
    .sort(byBytes)
  const entries = kept.map((name): [string, number] => [name, counts.get(name)!])
  return { entries, other: names.length - entries.reduce((sum, [, count]) => sum + count, 0) }
}

export function naiveCategoryTable(seen: readonly { cohort: 0 | 1; bucket: number; name: string }[]) {
  const all = [...new Set(seen.map(({ name }) => naiveName(name)))].sort(byBytes)
  const hashed = all.length > 63
  const cells: Record<string, number> = {}
  for (const { cohort, bucket, name } of seen) {
    const bin = hashed ? naiveMurmur3(naiveName(name), 0) & 63 : all.indexOf(naiveName(name))
    cells[`${cohort} ${bucket} ${bin}`] = (cells[`${cohort} ${bucket} ${bin}`] ?? 0) + 1
  }
  return { hashed, names: hashed ? [] : all, cells }
}

/** floor(x·2^20 + 0.5) with no rounding anywhere: x = ±significand·2^exponent, both integers. */
export function naiveUnits(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, x)
  const bits = view.getBigUint64(0)
  const exponentBits = (bits >> 52n) & 0x7ffn
  const fraction = bits & ((1n << 52n) - 1n)
  const significand = (exponentBits === 0n ? fraction : fraction | (1n << 52n)) * (x < 0 ? -1n : 1n)
  // x·2^21 + 1, halved and floored, is floor(x·2^20 + ½).
  const shift = (exponentBits === 0n ? 1n : exponentBits) - 1075n + 21n
  if (shift >= 0n) return ((significand << shift) + 1n) >> 1n
  return (significand + (1n << -shift)) >> (1n - shift)
}
