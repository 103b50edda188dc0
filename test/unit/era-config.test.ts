import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configOfEra, paneDifferences, rolesOf } from '../../src/config/era-config.ts'
import { readConfig } from '../../src/config/load.ts'
import { paneConfigDigest, paneConfigOf } from '../../src/config/pane-config.ts'
import type { Config, PaneConfig } from '../../src/config/shape.ts'
import { streamGroups } from '../../src/config/stream-groups.ts'
import { canonicalJson } from '../../src/ledger/canonical-json.ts'
import type { PanesConfigured } from '../../src/ledger/record.ts'

const read = (text: string): Config => readConfig(text, 'test.yaml', {})

const BEFORE = read(`
panes: {length: 5m, lateness: 1m, idle: 20m}
policy: {levels: 9}
streams:
  - name: shop
    topic: t.shop
    start: earliest
    format: json
    eventTime: ts
    cohort: {field: m, control: [a], candidate: [b]}
    fields: [{name: price, kind: numeric, role: label}, {name: plan, kind: categorical}, {name: country, kind: categorical, role: segment}]
  - {name: other, topic: t.other, format: json, eventTime: ts, cohort: {field: m, control: [a], candidate: [b]}, fields: [{name: x, kind: numeric}]}
`)

const AFTER = read(`
panes: {length: 2m, lateness: 1m, ahead: 2h, idle: 30m}
limits: {recordBytes: 2MiB}
streams:
  - name: shop
    topic: t.shop
    format: json
    eventTime: ts
    unit: user
    salt: summer
    cohort: {field: m, control: [a], candidate: [b, c]}
    synthetic: {field: test, equals: true}
    fields: [{name: price, kind: categorical, values: [low, high]}, {name: country, kind: categorical}, {name: city, kind: categorical, role: segment}]
    engagement: [{name: clicks, rate: {field: clicked, equals: true}}, {name: money, ratio: {sum: revenue, per: events}}]
  - {name: other, topic: t.other, format: json, eventTime: ts, cohort: {field: m, control: [a], candidate: [b]}, fields: [{name: y, kind: numeric}]}
`)

function eraOf(config: Config, name: string): PanesConfigured {
  const group = streamGroups(config).find((each) => each.name === name)!
  return {
    ...{ type: 'panes-configured', stream: name, fromMs: null, by: 'test', reason: 'test', atMs: 0 },
    ...{ paneConfig: paneConfigOf(group, config), paneConfigDigest: paneConfigDigest(group, config), roles: rolesOf(group.streams) }, // prettier-ignore
  }
}

function digestOf(config: Config, name: string): string {
  return paneConfigDigest(
    streamGroups(config).find((each) => each.name === name)!,
    config,
  )
}

describe('a configuration with an era laid over it', () => {
  it('makes the panes of the era, whichever of the two files the instance has', () => {
    for (const [own, era] of [
      [BEFORE, AFTER],
      [AFTER, BEFORE],
    ] as const) {
      // prettier-ignore
      const read = JSON.parse(JSON.stringify(eraOf(era, 'shop'))) as PanesConfigured
      assert.equal(digestOf(configOfEra(own, read), 'shop'), digestOf(era, 'shop'))
      assert.equal(digestOf(configOfEra(own, read, [eraOf(era, 'other')]), 'shop'), digestOf(era, 'shop'))
    }
  })

  it('keeps what shapes no pane as its own file has it', () => {
    const laid = configOfEra(BEFORE, eraOf(AFTER, 'shop'))
    assert.deepEqual([laid.panes.idleMs, laid.policy.levels, laid.streams[0]!.start], [20 * 60_000, 9, 'earliest'])
    const roles = laid.streams[0]!.fields.map(({ name, role }) => `${name} ${role}`)
    assert.deepEqual(roles, ['price label', 'country segment', 'city segment'], 'its own of what it knows, the record\'s of what it does not') // prettier-ignore
  })

  it('leaves other groups as its own file has them, or as their eras are', () => {
    const fieldOf = (config: Config): string => config.streams[1]!.fields[0]!.name
    assert.equal(fieldOf(configOfEra(BEFORE, eraOf(AFTER, 'shop'))), 'x')
    assert.equal(fieldOf(configOfEra(BEFORE, eraOf(AFTER, 'shop'), [eraOf(AFTER, 'other')])), 'y')
  })

  it('is the configuration itself where nothing differs', () => {
    assert.deepEqual(configOfEra(BEFORE, eraOf(BEFORE, 'shop')), BEFORE)
  })
})

describe('what differs between two shapes', () => {
  it('is named by the path of each key', () => {
    assert.deepEqual(paneDifferences(eraOf(BEFORE, 'shop').paneConfig, eraOf(AFTER, 'shop').paneConfig), [
      'panes.lengthMs: 300000 → 120000',
      'panes.aheadMs: 3600000 → 7200000',
      'limits.recordBytes: 1048576 → 2097152',
      'streams.shop.unit: null → user',
      'streams.shop.salt: evenkeel → summer',
      'streams.shop.cohort.candidate: ["b"] → ["b","c"]',
      'streams.shop.synthetic: null → {"field":"test","equals":"true"}',
      'streams.shop.fields.price.kind: numeric → categorical',
      'streams.shop.fields.price.values: null → ["high","low"]',
      'streams.shop.fields.plan: categorical → not there',
      'streams.shop.fields.city: not there → categorical',
      'streams.shop.engagement.clicks: not there → rate',
      'streams.shop.engagement.money: not there → ratio',
    ])
  })

  it('is nothing of the same, and an order where that is all', () => {
    const { paneConfig } = eraOf(BEFORE, 'shop')
    const readBack = JSON.parse(canonicalJson(paneConfig)) as PaneConfig
    assert.deepEqual(paneDifferences(paneConfig, readBack), [])
    const [shop] = paneConfig.streams
    const turned = { ...paneConfig, streams: [{ ...shop!, fields: shop!.fields.toReversed() }] }
    assert.deepEqual(paneDifferences(paneConfig, turned), ['streams.shop.fields: in another order'])
  })
})
