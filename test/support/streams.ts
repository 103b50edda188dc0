import type { Config, PanesConfig, StreamConfig } from '../../src/config/shape.ts'
import type { LogRecord } from '../../src/log/log.ts'

/** A small stream with one of everything, for tests of the pipes. */
export const PANES: PanesConfig = {
  lengthMs: 300_000,
  latenessMs: 60_000,
  aheadMs: 3_600_000,
  idleMs: 600_000,
  completeWithinMs: 3_600_000,
}

export function streamConfig(overrides: Partial<StreamConfig> = {}): StreamConfig {
  return {
    name: 'impressions',
    topic: 'shop.impressions',
    start: 'earliest',
    format: 'json',
    eventTime: { field: 'ts', unit: 'ms' },
    id: 'id',
    unit: 'user',
    salt: 'evenkeel',
    cohort: { field: 'model', control: ['m1'], candidate: ['m2'] },
    allocation: [{ fromMs: -Infinity, control: 0.5, candidate: 0.5 }],
    synthetic: { field: 'test', equals: 'true' },
    fields: [
      { name: 'price', kind: 'numeric', role: 'feature', range: [0, 1000], values: null, required: false },
      { name: 'country', kind: 'categorical', role: 'feature', range: null, values: null, required: false },
      { name: 'plan', kind: 'categorical', role: 'feature', range: null, values: ['free', 'pro'], required: true },
      { name: 'member', kind: 'boolean', role: 'feature', range: null, values: null, required: false },
    ],
    engagement: [{ name: 'click_rate', kind: 'rate', field: 'clicked', equals: 'true' }],
    ...overrides,
  }
}

export function streamsOf(...streams: StreamConfig[]): Pick<Config, 'streams'> {
  return { streams }
}

export function jsonRecord(offset: number, event: unknown, partition = 0): LogRecord {
  const value = event === null ? null : Buffer.from(typeof event === 'string' ? event : JSON.stringify(event))
  return { topic: 'shop.impressions', partition, offset, timestampMs: 1_700_000_000_000, key: null, value, headers: {} }
}
