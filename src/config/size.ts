const UNITS = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const

/** Bytes of `1MiB`, `500kB`, `4096B` or a plain number; null when it is no size. */
export function parseSize(value: string | number): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : null
  const [, amount, unit] = /^(\d+) ?(B|kB|MB|GB|KiB|MiB|GiB)$/.exec(value) ?? []
  const bytes = Number(amount) * UNITS[unit as keyof typeof UNITS]
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null
}
