import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { CATALOGUE } from '../../src/telemetry/catalogue.ts'
import type { MetricSpec } from '../../src/telemetry/catalogue.ts'
import { metricsPage } from '../../src/telemetry/metrics-page.ts'

const metrics = Object.entries<MetricSpec>(CATALOGUE)

describe('the catalogue of metrics', () => {
  it('is what docs/metrics.md says (write it anew with scripts/metrics-doc.ts)', () => {
    assert.equal(readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8'), metricsPage())
  })

  it('keeps to the conventions for names', () => {
    for (const [name, { type, labels }] of metrics) {
      assert.match(name, /^evenkeel_[a-z]+(_[a-z]+)*$/)
      assert.equal(name.endsWith('_total'), type === 'counter', `${name}: counters, and only they, end in _total`)
      for (const label of labels) assert.match(label.name, /^[a-z]+(_[a-z]+)*$/)
      assert.ok(!labels.some(({ name: label }) => name.includes(`_by_${label}`)), `${name} names a label`)
    }
  })

  it('says for every gauge with open labels how the rest is drawn together', () => {
    for (const [name, { type, labels, rest }] of metrics) {
      const isOpen = labels.some(({ values }) => values === null)
      assert.equal(type === 'gauge' && isOpen, rest !== undefined, name)
    }
  })

  it('has what contracts fix', () => {
    const fixed: Record<string, string[]> = {
      evenkeel_records_read_total: ['stream'],
      evenkeel_events_total: ['stream', 'cohort'],
      evenkeel_rejected_total: ['stream', 'reason'],
      evenkeel_late_total: ['stream'],
      evenkeel_synthetic_total: ['stream'],
      evenkeel_violations_total: ['stream', 'reason'],
      evenkeel_alerts: ['check', 'severity', 'state'],
      evenkeel_drift_psi: ['stream', 'field', 'against'],
      evenkeel_drift_ks_distance: ['stream', 'field', 'against'],
      evenkeel_drift_js_distance: ['stream', 'field', 'against'],
      evenkeel_drift_wasserstein_ratio: ['stream', 'field', 'against'],
      evenkeel_evidence_nats: ['stream', 'check', 'field'],
      evenkeel_consumer_lag_records: ['stream'],
    }
    for (const [name, labels] of Object.entries(fixed)) {
      const spec = metrics.find(([each]) => each === name)?.[1]
      assert.ok(spec, `${name} is missing`)
      for (const label of labels)
        assert.ok(
          spec.labels.some((each) => each.name === label),
          `${name}{${label}}`,
        )
    }
  })
})
