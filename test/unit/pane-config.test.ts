import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../src/config/load.ts'
import { paneConfigDigest, paneConfigOf } from '../../src/config/pane-config.ts'
import { streamGroups } from '../../src/config/stream-groups.ts'
import type { Config } from '../../src/config/shape.ts'

const TEXT = `
streams:
  - name: impressions
    topic: shop.impressions
    format: avro
    eventTime: {field: ts, unit: ms}
    id: event_id
    unit: user_id
    salt: spring
    cohort: {field: model, control: [m41, m40], candidate: [m42]}
    allocation: {control: 0.5, candidate: 0.5}
    synthetic: {field: is_test, equals: true}
    fields:
      - {name: price, kind: numeric, range: [0, 500]}
      - {name: plan, kind: categorical, values: [free, pro]}
      - {name: country, kind: categorical, role: segment}
    engagement:
      - {name: click_rate, rate: {field: clicked, equals: true}}
      - {name: revenue, ratio: {sum: revenue, per: events}}
panes: {length: 5m, lateness: 1m, ahead: 1h, idle: 10m, completeWithin: 1h}
limits: {recordBytes: 1MiB}
policy: {levels: 10}
`

/** Each replaces one text in the configuration. */
const SHAPING: Record<string, [string, string]> = {
  topic: ['topic: shop.impressions', 'topic: shop.views'],
  format: ['format: avro', 'format: json'],
  'event time': ['{field: ts, unit: ms}', '{field: at, unit: ms}'],
  'unit of the event time': ['{field: ts, unit: ms}', '{field: ts, unit: s}'],
  id: ['id: event_id', 'id: uuid'],
  unit: ['unit: user_id', 'unit: session'],
  salt: ['salt: spring', 'salt: summer'],
  'cohort field': ['field: model,', 'field: version,'],
  'cohort values': ['candidate: [m42]', 'candidate: [m42, m43]'],
  synthetic: ['equals: true}\n    fields', 'equals: false}\n    fields'],
  'a field': ['- {name: price,', '- {name: cost,'],
  'the order of fields': [
    '      - {name: plan, kind: categorical, values: [free, pro]}\n      - {name: country, kind: categorical, role: segment}\n',
    '      - {name: country, kind: categorical, role: segment}\n      - {name: plan, kind: categorical, values: [free, pro]}\n',
  ],
  kind: ['{name: country, kind: categorical, role: segment}', '{name: country, kind: boolean, role: segment}'],
  range: ['range: [0, 500]', 'range: [0, 501]'],
  values: ['values: [free, pro]', 'values: [free, pro, team]'],
  required: ['range: [0, 500]}', 'range: [0, 500], required: true}'],
  rate: ['rate: {field: clicked, equals: true}', 'rate: {field: clicked, equals: false}'],
  sum: ['{sum: revenue,', '{sum: margin,'],
  'pane length': ['length: 5m', 'length: 10m'],
  lateness: ['lateness: 1m', 'lateness: 2m'],
  ahead: ['ahead: 1h', 'ahead: 2h'],
  'record limit': ['1MiB', '2MiB'],
}

const FREE: Record<string, [string, string]> = {
  start: ['format: avro', 'format: avro\n    start: earliest'],
  allocation: ['{control: 0.5, candidate: 0.5}', '{control: 0.9, candidate: 0.1}'],
  role: ['{name: country, kind: categorical, role: segment}', '{name: country, kind: categorical}'],
  'order of cohort values': ['[m41, m40]', '[m40, m41]'],
  'order of the vocabulary': ['[free, pro]', '[pro, free]'],
  idle: ['idle: 10m', 'idle: 5m'],
  'patience with slices': ['completeWithin: 1h', 'completeWithin: 2h'],
  policy: ['levels: 10', 'levels: 5'],
  instance: ['policy:', 'instance: x\npolicy:'],
  'topic prefix, where the salt is given': ['policy:', 'topics: {prefix: x}\npolicy:'],
}

describe('the pane configuration', () => {
  const before = digestOf(TEXT)

  it('is the same on any machine', () => {
    // Worked out by another program, from its own list of the keys that shape panes.
    assert.equal(before, 'sha256:3b8e2411060e4b72cba78f07b771e0d7ca90adace486ed647dedee0926d052d6')
  })

  for (const [title, [from, to]] of Object.entries(SHAPING)) {
    it(`changes with ${title}`, () => assert.notEqual(digestOf(replaced(from, to)), before))
  }

  for (const [title, [from, to]] of Object.entries(FREE)) {
    it(`does not change with ${title}`, () => assert.equal(digestOf(replaced(from, to)), before))
  }

  it('of a stream does not change with another stream that nothing joins to it', () => {
    const other =
      '  - {name: clicks, topic: c, format: json, eventTime: ts, cohort: {field: m, control: [a], candidate: [b]}}\npanes'
    const config = read(TEXT.replace('panes', other))
    const groups = streamGroups(config)
    assert.deepEqual(
      groups.map(({ name }) => name),
      ['clicks', 'impressions'],
    )
    assert.equal(paneConfigDigest(groups[1]!, config), before)
  })

  it('holds every part of a stream but those that shape no pane', () => {
    const config = read(TEXT)
    const [stream] = paneConfigOf(streamGroups(config)[0]!, config).streams
    const left = Object.keys(config.streams[0]!).filter((key) => !Object.keys(stream!).includes(key))
    assert.deepEqual(left, ['start', 'allocation'])
  })
})

describe('streams', () => {
  const stream = (name: string, engagement: string): string =>
    `  - {name: ${name}, topic: t.${name}, format: json, eventTime: ts, unit: u, cohort: {field: m, control: [a], candidate: [b]}, engagement: [${engagement}]}`
  const groupsOf = (...streams: string[]): string[][] =>
    streamGroups(read(`streams:\n${streams.join('\n')}`)).map((group) => [
      group.name,
      ...group.streams.map(({ name }) => name),
    ])

  it('without ratios across them are groups of their own', () => {
    const own = '{name: r, ratio: {sum: x, per: events}}'
    assert.deepEqual(groupsOf(stream('b', own), stream('a', '')), [
      ['a', 'a'],
      ['b', 'b'],
    ])
  })

  it('joined by ratios, however far, are one group under the first of their names', () => {
    const toC = '{name: r, ratio: {count: c, per: events}}'
    const toA = '{name: r, ratio: {sum: {stream: events, field: x}, per: a}}'
    assert.deepEqual(groupsOf(stream('d', ''), stream('c', toA), stream('b', toC), stream('a', '')), [
      ['a', 'a', 'b', 'c'],
      ['d', 'd'],
    ])
  })
})

function read(text: string): Config {
  return readConfig(text, 'c.yaml', {})
}

function digestOf(text: string): string {
  const config = read(text)
  return paneConfigDigest(streamGroups(config)[0]!, config)
}

function replaced(from: string, to: string): string {
  assert.equal(TEXT.split(from).length, 2, `${from} stands in the text once`)
  return TEXT.replace(from, to)
}
