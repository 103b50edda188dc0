import { inFile } from '../mutant.ts'
import type { Mutant } from '../mutant.ts'

/** docs/statistics.md 1 and 2: hashes, bins and exact sums. */
export const SKETCH: readonly Mutant[] = [
  ...inFile('src/sketch/murmur3.ts', 'unit/murmur3', [
    ['block, 0xcc9e2d51', 'block, 0xcc9e2d53'],
    ['mixed << 15', 'mixed << 14'],
    ['mixed >>> 17', 'mixed >>> 18'],
    ['0x1b873593', '0x1b873595'],
    ['mixed << 13', 'mixed << 12'],
    ['mixed >>> 19', 'mixed >>> 20'],
    ['), 5)', '), 7)'],
    ['0xe6546b64', '0xe6546b65'],
    ['(mixed >>> 16), 0x85ebca6b', '(mixed >>> 15), 0x85ebca6b'],
    ['0x85ebca6b', '0x85ebca6d'],
    ['(mixed >>> 13)', '(mixed >>> 12)'],
    ['0xc2b2ae35', '0xc2b2ae37'],
    ['(mixed >>> 16)) >>> 0', '(mixed >>> 15)) >>> 0'],
  ]),
  ...inFile('src/sketch/unit-hash.ts', 'unit/murmur3', [
    ['0x9e3779b9', '0x9e3779bb'],
    ['murmur3(salt, 0)', 'murmur3(salt, 1)'],
  ]),
  ...inFile('src/sketch/bucket-counts.ts', 'unit/sketch-limits', [['BUCKETS = 256', 'BUCKETS = 255']]),
  ...inFile('src/sketch/bin-index.ts', 'unit/bin-index', [
    ['SHIFT_MAX = 31', 'SHIFT_MAX = 30'],
    ['ZERO = 0x7fffffff', 'ZERO = 0x7fefffff'],
    ['UPPER_WORD_MAX = 0x7fefffff', 'UPPER_WORD_MAX = 0x7feffffe'],
    ['(upper >> 31) & 0x7fffffff', '(upper >> 31) & 0x3fffffff'],
    ['sum / 2 : low', 'sum / 3 : low'],
    ['low / 2 + high / 2', 'low / 2 + high / 3'],
  ]),
  ...inFile('src/sketch/value-histogram.ts', 'unit/sketch-limits', [
    ['HISTOGRAM_BINS_MAX = 1024', 'HISTOGRAM_BINS_MAX = 1023'],
    ['HISTOGRAM_BINS_MAX = 1024', 'HISTOGRAM_BINS_MAX = 1025'],
  ]),
  ...inFile('src/sketch/bin-table.ts', 'unit/sketch-limits', [
    ['TABLE_BINS_MAX = 64', 'TABLE_BINS_MAX = 63'],
    ['TABLE_BINS_MAX = 64', 'TABLE_BINS_MAX = 65'],
  ]),
  ...inFile('src/sketch/category-table.ts', 'unit/sketch-limits', [
    ['NAMED_BINS_MAX = 63', 'NAMED_BINS_MAX = 62'],
    ['NAMED_BINS_MAX = 63', 'NAMED_BINS_MAX = 64'],
    ['HASH_BINS = 64', 'HASH_BINS = 32'],
    ['murmur3(name, 0) &', 'murmur3(name, 1) &'],
  ]),
  ...inFile('src/sketch/category-counts.ts', 'unit/sketch-limits', [
    ['NAMES_MAX = 1024', 'NAMES_MAX = 1023'],
    ['NAMES_MAX = 1024', 'NAMES_MAX = 1025'],
  ]),
  ...inFile('src/sketch/sum-table.ts', 'unit/sum-table', [
    ['UNITS_PER_ONE = 0x100000', 'UNITS_PER_ONE = 0x80000'],
    ['EXACT_MAX = 0x20000000000000', 'EXACT_MAX = 0x40000000000000'],
    ['>= 0.5', '> 0.5'],
  ]),
  ...inFile('src/sketch/unit-sample.ts', 'unit/sketch-limits', [['SAMPLE_CAPACITY = 4096', 'SAMPLE_CAPACITY = 4095']]),
]
