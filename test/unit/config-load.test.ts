import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { loadConfig, readConfig } from '../../src/config/load.ts'
import { POLICY_DEFAULTS } from '../../src/config/defaults.ts'
import { policyOf } from '../../src/config/policy.ts'
import { ConfigError } from '../../src/config/problem.ts'
import { redactConfig } from '../../src/config/redact.ts'
import { configSchema, resolveNode } from '../../src/config/schema.ts'
import type { SchemaNode } from '../../src/config/schema.ts'
import type { Config } from '../../src/config/shape.ts'
import { canonicalJson } from '../../src/ledger/canonical-json.ts'

const STREAM = `
  - name: impressions
    topic: shop.impressions
    format: avro
    eventTime: ts
    cohort: {field: model, control: m41, candidate: [m42, 43, true]}
`
const SMALLEST = `streams:${STREAM}`

describe('the schema of the configuration', () => {
  it('is one: who loads a configuration does not look at that', () => {
    const ajv = new Ajv({ allowUnionTypes: true, strictTypes: false, strictRequired: false })
    assert.equal(ajv.validateSchema(configSchema), true, ajv.errorsText())
    assert.doesNotThrow(() => ajv.compile(configSchema))
  })
})

describe('defaults', () => {
  it('fill in everything but streams', () => {
    const { streams, policy, ...rest } = read(SMALLEST)
    assert.deepEqual(rest, {
      instance: 'evenkeel',
      kafka: null,
      log: null,
      registry: { directory: './schemas' },
      topics: { prefix: 'evenkeel' },
      http: { host: '127.0.0.1', port: 8080 },
      state: { directory: './state' },
      alertmanager: null,
      panes: {
        lengthMs: 300_000,
        latenessMs: 60_000,
        aheadMs: 3_600_000,
        idleMs: 600_000,
        completeWithinMs: 3_600_000,
      },
      limits: { recordBytes: 1_048_576 },
      roles: ['observe', 'assemble', 'judge'],
      baseline: null,
    })
    assert.deepEqual(streams, [
      {
        name: 'impressions',
        topic: 'shop.impressions',
        start: 'latest',
        format: 'avro',
        eventTime: { field: 'ts', unit: null },
        id: null,
        unit: null,
        salt: 'evenkeel',
        cohort: { field: 'model', control: ['m41'], candidate: ['m42', '43', 'true'] },
        allocation: null,
        synthetic: null,
        fields: [],
        engagement: [],
      },
    ])
    assert.deepEqual(policy, { ...POLICY_DEFAULTS, horizonMs: 14 * 86_400_000, expect: [] })
  })

  it('are the same ones that the schema tells editors', () => {
    const told = defaultsIn(configSchema, []).filter(([at]) => !at.includes('[]'))
    assert.ok(told.length > 50)
    for (const [at, value] of told) {
      if (value === null || /^(kafka|alertmanager)\b/.test(at) || (Array.isArray(value) && value.length === 0)) continue
      const text = `${SMALLEST}\n${nest(at.split('.'), value)}`
      assert.deepEqual(read(text), read(SMALLEST), `${at}: ${JSON.stringify(value)} is what holds without it`)
    }
  })

  it('leave JSON times in milliseconds, and Avro times to the logical type', () => {
    assert.equal(read(SMALLEST.replace('avro', 'json')).streams[0]!.eventTime.unit, 'ms')
    assert.equal(read(SMALLEST.replace('eventTime: ts', 'eventTime: {field: ts}')).streams[0]!.eventTime.unit, null)
  })
})

describe('what is written', () => {
  it('becomes milliseconds, bytes and addresses', () => {
    const config = read(`
panes: {length: 1h, lateness: 90s, ahead: 1h30m, idle: 250ms, completeWithin: 1d}
limits: {recordBytes: 500kB}
http: {listen: "[::1]:0"}
${SMALLEST}`)
    assert.deepEqual(Object.values(config.panes), [3_600_000, 90_000, 5_400_000, 250, 86_400_000])
    assert.equal(config.limits.recordBytes, 500_000)
    assert.deepEqual(config.http, { host: '::1', port: 0 })
    assert.equal(read(`limits: {recordBytes: 100}\n${SMALLEST}`).limits.recordBytes, 100)
  })

  it('compares as text: integers without exponent, true and false', () => {
    const [stream] = read(SMALLEST.replace('control: m41', 'control: [1e3, 1.5, false, 0x10]')).streams
    assert.deepEqual(stream!.cohort.control, ['1000', '1.5', 'false', '16'])
  })

  it('may give allocation as one pair, from the beginning of time, or by time', () => {
    const one = read(`${SMALLEST}    allocation: {control: 0.7, candidate: 0.3}\n`).streams[0]!
    assert.deepEqual(one.allocation, [{ fromMs: -Infinity, control: 0.7, candidate: 0.3 }])
    const list = read(
      `${SMALLEST}    allocation: [{from: 2026-03-01T00:00:00Z, control: 0.9, candidate: 0.1}, {from: "2026-03-02T01:30:00.5+01:30", control: 0.5, candidate: 0.5}]\n`,
    )
    const times = list.streams[0]!.allocation!.map(({ fromMs }) => fromMs)
    assert.deepEqual(times, [Date.UTC(2026, 2, 1), Date.UTC(2026, 2, 2) + 500])
  })

  it('resolves `events` and short sums to streams', () => {
    const config = read(`${SMALLEST}    engagement:
      - {name: rate, rate: {field: clicked, equals: true}}
      - {name: own, ratio: {sum: revenue, per: events}}
      - {name: other, ratio: {sum: {stream: clicks, field: cost}, per: events}}
      - {name: counts, ratio: {count: clicks, per: impressions}}
      - {name: back, ratio: {count: events, per: clicks}}
${STREAM.replace('impressions', 'clicks').replace('shop.impressions', 'shop.clicks')}`)
    assert.deepEqual(config.streams[0]!.engagement, [
      { name: 'rate', kind: 'rate', field: 'clicked', equals: 'true' },
      { name: 'own', kind: 'ratio', numerator: { stream: 'impressions', sum: 'revenue' }, per: 'impressions' },
      { name: 'other', kind: 'ratio', numerator: { stream: 'clicks', sum: 'cost' }, per: 'impressions' },
      { name: 'counts', kind: 'ratio', numerator: { stream: 'clicks', sum: null }, per: 'impressions' },
      { name: 'back', kind: 'ratio', numerator: { stream: 'impressions', sum: null }, per: 'clicks' },
    ])
  })

  it('may leave a limit open, which then is the largest double', () => {
    const [stream] = read(`${SMALLEST}    fields: [{name: age, kind: numeric, range: [0, null]}]\n`).streams
    assert.deepEqual(stream!.fields[0]!.range, [0, Number.MAX_VALUE])
  })

  it('may say null where there is nothing', () => {
    const text = `kafka: null\nregistry: null\nbaseline: null\n${SMALLEST}    id: null\n    allocation: null\n    synthetic: null\n`
    const config = read(text)
    assert.deepEqual([config.kafka, config.registry, config.streams[0]!.allocation], [null, null, null])
  })

  it('may name effects as the checks are named', () => {
    const { policy } = read(
      `${SMALLEST}\npolicy: {effectMin: {sample-ratio: 0.04, missing: 0.01}, margin: {cross-cohort: 3}}`,
    )
    assert.equal(policy.effectMin.sampleRatio, 0.04)
    assert.equal(policy.effectMin.missing, 0.01)
    assert.equal(policy.effectMin.range, 0.002)
    assert.equal(policy.margin.crossCohort, 3)
  })

  it('may require any check that is asked for, also against plan, contract and baseline, and in a segment', () => {
    const ids = [
      'missing/price',
      'numeric/price',
      'range/price',
      'numeric/price@baseline',
      'representation/country',
      'engagement/rate',
    ]
    ids.push('engagement/rate[country=a=b]', 'missing/price@baseline[country=DE]', 'sample-ratio@plan', 'volume@plan')
    ids.push(
      'duplicates',
      'lateness',
      'cross-cohort',
      'schema',
      'schema@contract',
      'schema/price',
      'schema/ts',
      'schema/model',
    )
    const text = `${SMALLEST}    id: event_id
    allocation: {control: 0.5, candidate: 0.5}
    fields: [{name: price, kind: numeric}, {name: country, kind: categorical, role: segment}]
    engagement: [{name: rate, rate: {field: clicked, equals: true}}]
policy: {require: [${ids.map((id) => `"impressions/${id}"`).join(', ')}]}`
    assert.equal(read(text).policy.require.length, ids.length)
  })
})

describe('the environment', () => {
  it('overrides any key by its path in upper case', () => {
    const config = read(SMALLEST, {
      EVENKEEL_KAFKA_BROKERS: 'a:9092, b:9093',
      EVENKEEL_KAFKA_CLIENTID: 'x',
      EVENKEEL_KAFKA_SESSION_TIMEOUT: '1500ms',
      EVENKEEL_POLICY_FALSEALARMBUDGET: '0.05',
      EVENKEEL_POLICY_EFFECT_MIN_NEW_CELL: '0.02',
      EVENKEEL_POLICY_MARGIN_SAMPLERATIO: '4',
      EVENKEEL_POLICY_REQUIRE: 'impressions/volume,impressions/schema',
      EVENKEEL_PANES_IDLE: '5m',
      EVENKEEL_PANES_COMPLETE_WITHIN: '2h',
      EVENKEEL_LIMITS_RECORDBYTES: '2048',
      EVENKEEL_ROLES: 'observe',
      EVENKEEL_STREAMS_0_TOPIC: '0017',
      EVENKEEL_STREAMS_0_EVENTTIME_UNIT: 's',
      EVENKEEL_STREAMS_0_EVENTTIME_FIELD: 'at',
      EVENKEEL_STREAMS_0_COHORT_CANDIDATE: 'm43,m44',
      EVENKEEL_STREAMS_0_ALLOCATION: '{control: 0.25, candidate: 0.75}',
    })
    assert.deepEqual(config.kafka!.brokers, ['a:9092', 'b:9093'])
    assert.equal(config.kafka!.clientId, 'x')
    assert.equal(config.kafka!.sessionTimeoutMs, 1_500)
    assert.equal(config.policy.falseAlarmBudget, 0.05)
    assert.equal(config.policy.effectMin.newCell, 0.02)
    assert.equal(config.policy.margin.sampleRatio, 4)
    assert.deepEqual(config.policy.require, ['impressions/volume', 'impressions/schema'])
    assert.equal(config.panes.idleMs, 300_000)
    assert.equal(config.panes.completeWithinMs, 7_200_000)
    assert.equal(config.limits.recordBytes, 2048)
    assert.deepEqual(config.roles, ['observe'])
    const [stream] = config.streams
    assert.equal(stream!.topic, '0017')
    assert.deepEqual(stream!.eventTime, { field: 'at', unit: 's' })
    assert.deepEqual(stream!.cohort.candidate, ['m43', 'm44'])
    assert.equal(stream!.allocation![0]!.candidate, 0.75)
  })

  it('may hold the whole configuration', () => {
    const config = read('{}', {
      EVENKEEL_STREAMS_0_NAME: 'a',
      EVENKEEL_STREAMS_0_TOPIC: 'a',
      EVENKEEL_STREAMS_0_FORMAT: 'json',
      EVENKEEL_STREAMS_0_EVENTTIME: 'ts',
      EVENKEEL_STREAMS_0_COHORT: '{field: m, control: [x], candidate: [y]}',
    })
    assert.equal(config.streams[0]!.eventTime.field, 'ts')
  })

  it('is named in a mistake that it made', () => {
    const error = failure(SMALLEST, { EVENKEEL_PANES_LENGTH: '90x', EVENKEEL_STREAMS_0_FIELDS: '[{name: a}]' })
    assert.deepEqual(
      error.problems.map(({ line, key }) => `${line} ${key}`),
      ['0 EVENKEEL_PANES_LENGTH', '0 EVENKEEL_STREAMS_0_FIELDS'],
    )
    assert.match(error.message, /environment +EVENKEEL_PANES_LENGTH +"90x" is not a duration/)
  })

  it('may not hold a name that no key has', () => {
    const error = failure(SMALLEST, { EVENKEEL_KAFKA_BROKER: 'a:1', EVENKEEL_STREAMS_3_TOPIC: 'x' })
    const [first, second] = error.problems
    assert.match(
      `${first!.key} ${first!.message}`,
      /EVENKEEL_KAFKA_BROKER no key has this name; did you mean EVENKEEL_KAFKA_BROKERS\?/,
    )
    assert.match(`${second!.key} ${second!.message}`, /EVENKEEL_STREAMS_3_TOPIC .*list before it is shorter/)
  })

  it('does not count where it is empty, belongs to others, or is about the process', () => {
    const env = {
      EVENKEEL_KAFKA_BROKERS: '',
      KAFKA_BROKERS: 'x',
      EVENKEEL_LOG_LEVEL: 'debug',
      EVENKEEL_CONFIG: 'c.yaml',
    }
    assert.deepEqual(read(SMALLEST, env), read(SMALLEST))
  })

  it('leaves the value of a wrong kind to be reported', () => {
    const error = failure(`panes: 5m\n${SMALLEST}`, { EVENKEEL_POLICY_LEVELS: 'many', EVENKEEL_HTTP: 'x' })
    assert.deepEqual(
      error.problems.map(({ key }) => key),
      ['panes', 'EVENKEEL_HTTP', 'EVENKEEL_POLICY_LEVELS'],
    )
  })
})

describe('secrets', () => {
  let directory: string
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'evenkeel-config-'))
    writeFileSync(path.join(directory, 'password'), 'hunter2\n')
    writeFileSync(path.join(directory, 'key.pem'), 'KEY\n')
  })
  after(() => rmSync(directory, { recursive: true }))
  const text = (sasl: string): string => `kafka: {brokers: ["a:1"], sasl: {username: u${sasl}}}\n${SMALLEST}`

  it('come from the file that a key names', () => {
    const config = read(text(`, passwordFile: ${directory}/password`))
    assert.deepEqual(config.kafka!.sasl, { mechanism: 'plain', username: 'u', password: 'hunter2' })
  })

  it('come from the file that a variable names, which takes the place of what the text says', () => {
    const variable = { EVENKEEL_KAFKA_SASL_PASSWORD_FILE: `${directory}/password` }
    assert.equal(read(text(''), variable).kafka!.sasl!.password, 'hunter2')
    assert.equal(read(text(', password: old'), variable).kafka!.sasl!.password, 'hunter2')
  })

  it('may be any key: _FILE reads its value', () => {
    const config = read(SMALLEST, { EVENKEEL_STREAMS_0_SALT_FILE: `${directory}/password` })
    assert.equal(config.streams[0]!.salt, 'hunter2')
  })

  it('come from the environment itself', () => {
    assert.equal(read(text(''), { EVENKEEL_KAFKA_SASL_PASSWORD: '12345' }).kafka!.sasl!.password, '12345')
  })

  it('and certificates come as text or from files', () => {
    const config = read(
      `kafka: {brokers: ["a:1"], ssl: {cert: CERT, keyFile: ${directory}/key.pem, rejectUnauthorized: false}}\n${SMALLEST}`,
    )
    assert.deepEqual(config.kafka!.ssl, { cert: 'CERT', key: 'KEY\n', rejectUnauthorized: false })
  })

  it('are starred out where a configuration is shown', () => {
    const config = read(
      `kafka: {brokers: ["a:1"], ssl: {cert: CERT, key: SECRETKEY}, sasl: {username: u, password: hunter2}}\nregistry: {url: "https://user:hunter3@host:8081/a"}\n${SMALLEST}`,
    )
    const shown = JSON.stringify(redactConfig(config))
    assert.doesNotMatch(shown, /hunter|SECRETKEY/)
    assert.match(shown, /https:\/\/\*\*\*@host:8081\/a/)
    assert.equal(config.kafka!.sasl!.password, 'hunter2', 'the configuration itself keeps it')
  })

  it('are never quoted in a mistake', () => {
    const password = failure(`kafka: {brokers: ["a:1"], sasl: {username: u, password: 424242}}\n${SMALLEST}`)
    assert.match(password.message, /kafka.sasl.password +must be a text, not this secret/)
    assert.doesNotMatch(password.message, /424242/)
    const url = failure(`registry: {url: "ftp://user:hunter3@host"}\n${SMALLEST}`)
    assert.doesNotMatch(url.message, /hunter3/)
    const byFile = failure(SMALLEST, { EVENKEEL_HTTP_LISTEN_FILE: `${directory}/password` })
    assert.doesNotMatch(byFile.message, /hunter2/)
  })

  it('name the variable whose file cannot be read', () => {
    const error = failure(text(''), { EVENKEEL_KAFKA_SASL_PASSWORD_FILE: '/nowhere' })
    assert.match(error.message, /EVENKEEL_KAFKA_SASL_PASSWORD_FILE +the file cannot be read: ENOENT/)
  })
})

describe('the example', () => {
  const file = new URL('../../config/evenkeel.example.yaml', import.meta.url)

  it('is a right configuration', () => {
    assert.equal(loadConfig(file.pathname, {}, { needsLog: true }).streams.length, 3)
  })

  it('shows every key that the schema knows', () => {
    const text = readFileSync(file, 'utf8')
    const keys = [...new Set(keysIn(configSchema))]
    assert.ok(keys.length > 80)
    assert.deepEqual(
      keys.filter((key) => !new RegExp(`(^|[\\s{#"])${key}("?:| is the same key)`, 'm').test(text)),
      [],
    )
  })

  it('shows the defaults where it says so', () => {
    const config = loadConfig(file.pathname, {})
    assert.deepEqual({ ...config.policy, expect: [] }, read(SMALLEST).policy)
    assert.deepEqual(config.panes, read(SMALLEST).panes)
  })
})

describe('a file', () => {
  it('that is not there is one mistake of the configuration', () => {
    assert.throws(() => loadConfig('/nowhere/evenkeel.yaml', {}), {
      code: 'EVENKEEL_CONFIG_INVALID',
      message: /^EVENKEEL_CONFIG_INVALID: \/nowhere\/evenkeel.yaml has 1 problem\n.*the file cannot be read: ENOENT/,
    })
  })
})

describe('the schema', () => {
  it('says of every key what it is for', () => {
    assert.deepEqual(
      undescribed(configSchema, '').filter(
        (at) => !/\.margin\.|\.(synthetic|eventTime|rate|sum)\.|fields\[\]\.name/.test(at),
      ),
      [],
    )
  })
})

describe('the policy', () => {
  it('as a plain object has a canonical form that the order of required checks cannot change', () => {
    const text = (ids: string): string => `${SMALLEST}\npolicy: {require: [${ids}]}`
    const one = canonicalJson(policyOf(read(text('impressions/schema, impressions/volume'))))
    const two = canonicalJson(policyOf(read(text('impressions/volume, impressions/schema'))))
    assert.equal(one, two)
    assert.match(one, /"effectMin":\{"boolean":0.01,"cell":0.01,/)
  })
})

function read(text: string, env: Record<string, string> = {}): Config {
  return readConfig(text, 'c.yaml', env)
}

function failure(text: string, env: Record<string, string> = {}): ConfigError {
  try {
    readConfig(text, 'c.yaml', env)
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error
  }
  throw new Error('this configuration is right')
}

function keysIn(raw: SchemaNode): string[] {
  const node = resolveNode(raw)
  const inside = node.items === undefined ? [] : keysIn(node.items)
  return [...Object.entries(node.properties ?? {}).flatMap(([key, child]) => [key, ...keysIn(child)]), ...inside]
}

function defaultsIn(raw: SchemaNode, at: string[]): [string, unknown][] {
  const node = resolveNode(raw)
  const own: [string, unknown][] = node.default === undefined ? [] : [[at.join('.'), node.default]]
  const inside = node.items === undefined ? [] : defaultsIn(node.items, [...at, '[]'])
  return [
    ...own,
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => defaultsIn(child, [...at, key])),
    ...inside,
  ]
}

function undescribed(raw: SchemaNode, at: string): string[] {
  const node = resolveNode(raw)
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const place = `${at}.${key}`
    const resolved = resolveNode(child)
    const inside = resolved.items === undefined ? [] : undescribed(resolved.items, `${place}[]`)
    return [...(resolved.description === undefined ? [place] : []), ...undescribed(child, place), ...inside]
  })
}

function nest(keys: string[], value: unknown): string {
  return keys
    .reduceRight<string>((inner, key) => `{${JSON.stringify(key)}: ${inner}}`, JSON.stringify(value))
    .slice(1, -1)
}
