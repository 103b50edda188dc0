import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../src/config/load.ts'
import { Conditions } from '../../src/service/conditions.ts'
import { createFacts } from '../../src/service/facts.ts'
import { createGroups } from '../../src/service/groups.ts'
import { Telemetry } from '../../src/telemetry/metrics.ts'
import { shopConfig } from '../support/traffic.ts'

/**
 * Slices are written many at a time, ahead of being read back and judged. A scrape in between took the assembler's count for
 * the judge's: it showed the old verdicts, and every later scrape too, until the next slice came minutes after.
 */
describe('/metrics while slices are written ahead', () => {
  it('shows what is judged as soon as it is judged', async () => {
    const config = readConfig(JSON.stringify(shopConfig()), 'test', {})
    const groups = createGroups(config)
    const telemetry = new Telemetry({ version: 'test' })
    let looks = 0
    telemetry.judged = () => void looks++
    const parts = { view: null, observe: null, assemble: null }
    const facts = createFacts({ config, groups, conditions: new Conditions([]), telemetry, parts, baseline: null })

    await facts.metrics(undefined)
    assert.equal(looks, 1)
    // 64 slices are assembled and written; only then the first of them is read back.
    Object.defineProperty(groups[0]!.assembler, 'nextNumber', { get: () => 65 })
    await facts.metrics(undefined)
    assert.equal(looks, 1, 'nothing was judged since')
    groups[0]!.folded = 1
    await facts.metrics(undefined)
    assert.equal(looks, 2)
    await facts.metrics(undefined)
    assert.equal(looks, 2, 'and not again while nothing has come')
  })
})
