import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { digestOf } from '../../src/ledger/digest.ts'
import type { Report } from '../../src/verdict/report.ts'

const schema = JSON.parse(readFileSync(new URL('../../schemas/report.schema.json', import.meta.url), 'utf8')) as object
const isReport = new Ajv({ allErrors: true, strict: false }).compile(schema)

/** Reads a report and holds it to all that every report promises: its schema, its sums, its digest, and honest numbers. */
export function checkedReport(text: string): Report {
  const json: unknown = JSON.parse(text)
  assert.ok(isReport(json), JSON.stringify(isReport.errors, null, 1))
  const report = json as Report
  const { digest, ...body } = report
  assert.equal(digest, digestOf(body))
  for (const { name, events } of report.streams) {
    const { read, accepted, rejected, late, synthetic } = events
    assert.equal(read, accepted + rejected + late + synthetic, `${name}: something is uncounted`)
  }
  for (const { id, effect, reason } of [...report.checks, ...report.alerts]) {
    assert.doesNotMatch(reason, /NaN|Infinity|undefined|\bnull\b/, id)
    if (effect !== null) assert.ok(Number.isFinite(effect.estimate), `${id}: ${JSON.stringify(effect)}`)
  }
  assert.doesNotMatch(text, /NaN|Infinity/)
  return report
}

export function verdictsById({ checks }: Report): Record<string, string> {
  return Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]))
}
