import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tolerance } from './comparison.ts'

export interface GoldenCase {
  name: string
  input: Record<string, unknown>
  expected: unknown
}

export interface GoldenFile {
  file: string
  section: string
  tolerance: Tolerance
  cases: GoldenCase[]
}

/** Every JSON file of the directory, by name. None at all is an error: a wrong path must not look like success. */
export function readGoldenFiles(directory: string): GoldenFile[] {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort()
  if (names.length === 0) throw new Error(`no golden file (*.json) in ${directory}`)
  return names.map((file) => readGoldenFile(directory, file))
}

function readGoldenFile(directory: string, file: string): GoldenFile {
  const parsed = JSON.parse(readFileSync(join(directory, file), 'utf8')) as {
    section?: unknown
    tolerance?: Record<string, unknown>
    cases?: Record<string, unknown>[]
  }
  const { section, tolerance, cases } = parsed
  if (typeof section !== 'string') throw new Error(`${file}: no section`)
  if (!Array.isArray(cases) || cases.length === 0) throw new Error(`${file}: no cases`)
  return { file, section, tolerance: toleranceOf(tolerance, file), cases: cases.map(spellOut) }
}

function toleranceOf(tolerance: Record<string, unknown> | undefined, file: string): Tolerance {
  if (tolerance?.exact === true) return { exact: true }
  const abs = tolerance?.abs ?? 0
  const rel = tolerance?.rel ?? 0
  if (tolerance === undefined || typeof abs !== 'number' || typeof rel !== 'number') {
    throw new Error(`${file}: no tolerance`)
  }
  return { abs, rel }
}

/** The flat cases of `bin-index` carry input and expected side by side. */
function spellOut(each: Record<string, unknown>, index: number): GoldenCase {
  const { bits, b, decimal, name = decimal, ...expected } = each
  const title = typeof name === 'string' ? name : `case ${index}`
  if ('input' in each) return { name: title, input: each.input as never, expected: each.expected }
  return { name: title, input: { bits, b }, expected }
}
