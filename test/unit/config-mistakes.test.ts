import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/config/problem.ts'
import type { ConfigProblem } from '../../src/config/problem.ts'

/** A right configuration in which each mistake replaces one line. */
const RIGHT = `
kafka:
  brokers: ["localhost:9092"]
http: {listen: "127.0.0.1:8080"}
registry: {url: "http://localhost:8081"}
topics: {prefix: evenkeel}
panes: {length: 5m}
limits: {recordBytes: 1MiB}
streams:
  - name: impressions
    topic: shop.impressions
    start: latest
    format: avro
    eventTime: {field: ts, unit: ms}
    unit: user_id
    salt: spring
    cohort: {field: model, control: [m41], candidate: [m42]}
    allocation: {control: 0.5, candidate: 0.5}
    fields:
      - {name: price, kind: numeric, range: [0, 500]}
      - {name: plan, kind: categorical, values: [free, pro]}
      - {name: clicked, kind: boolean}
    engagement:
      - {name: click_rate, rate: {field: clicked, equals: true}}
      - {name: ctr, ratio: {count: clicks, per: impressions}}
  - name: clicks
    topic: shop.clicks
    format: json
    eventTime: ts
    unit: user_id
    salt: spring
    cohort: {field: model, control: [m41], candidate: [m42]}
policy:
  falseAlarmBudget: 0.01
  horizon: 14d
  require: all
  expect: [{check: categorical, stream: impressions, field: plan, reason: new ranking}]
`

type Mistake = [title: string, line: string, instead: string, key: string, message: RegExp]

/** One fixture per mistake: the line it is made in, what stands there, the key and words of the one problem. */
const MISTAKES: Mistake[] = [
  // Keys and types.
  ['a misspelt key', 'panes: {length: 5m}', 'panes: {lenght: 5m}', 'panes.lenght', /^unknown key; did you mean "length"\?$/],
  ['a key at the wrong place', 'panes: {length: 5m}', 'panes: {length: 5m, salt: a}', 'panes.salt', /belongs at streams\[\]\.salt/],
  ['a key unlike any other', 'panes: {length: 5m}', 'panes: {zzzzzzzzz: 1}', 'panes.zzzzzzzzz', /the nearest known one is "/],
  ['a misspelt required key', '    topic: shop.clicks', '    topci: shop.clicks', 'streams[1].topci', /did you mean "topic"/],
  ['a missing key', '    topic: shop.clicks', '', 'streams[1].topic', /^is missing: The topic that holds/],
  ['a misspelt choice', '    engagement:', '    engagement:\n      - {name: x, rat: {field: a, equals: 1}}', 'streams[0].engagement[0].rat', /did you mean "rate"/],
  ['__proto__ as a key', 'panes: {length: 5m}', 'panes: {__proto__: 5m}', 'panes.__proto__', /unknown key/],
  ['a list instead of a mapping', 'panes: {length: 5m}', 'panes: [5m]', 'panes', /must be a mapping, not a list/],
  ['an empty key', 'panes: {length: 5m}', 'panes:', 'panes', /must be a mapping, not nothing/],
  ['a text instead of a number', '  falseAlarmBudget: 0.01', '  falseAlarmBudget: "0.01"', 'policy.falseAlarmBudget', /must be a number, not "0.01"/],
  ['a number instead of a flag', '      - {name: clicked, kind: boolean}', '      - {name: clicked, kind: boolean, required: 1}', 'streams[0].fields[2].required', /must be true or false, not 1/],
  ['an unknown word', '    format: json', '    format: jsn', 'streams[1].format', /"jsn" is not one of avro, json; did you mean "json"\?/],
  // Quantities.
  ['a duration with an unknown unit', 'panes: {length: 5m}', 'panes: {length: 90x}', 'panes.length', /^"90x" is not a duration; write it like "90s" or "5m"$/],
  ['a duration without unit', 'panes: {length: 5m}', 'panes: {length: 300}', 'panes.length', /^300 is not a duration/],
  ['an empty duration', 'panes: {length: 5m}', 'panes: {length: ""}', 'panes.length', /^"" is not a duration/],
  ['a pane that does not divide a day', 'panes: {length: 5m}', 'panes: {length: 7m}', 'panes.length', /divide a day evenly/],
  ['a pane below a second', 'panes: {length: 5m}', 'panes: {length: 500ms}', 'panes.length', /at least 1s/],
  ['a watermark behind everything that may be ahead', 'panes: {length: 5m}', 'panes: {lateness: 1h}', 'panes.lateness', /ahead \(1h\) must be longer than lateness \(1h\)/],
  ['no idle time', 'panes: {length: 5m}', 'panes: {idle: 0s}', 'panes.idle', /longer than 0s/],
  ['a duration beyond counting', 'panes: {length: 5m}', 'panes: {completeWithin: 99999999999999w}', 'panes.completeWithin', /too long/],
  ['a session too short', 'brokers: ["localhost:9092"]', 'brokers: ["localhost:9092"]\n  sessionTimeout: 500ms', 'kafka.sessionTimeout', /at least 1s and at most 5m/],
  ['a session too long', 'brokers: ["localhost:9092"]', 'brokers: ["localhost:9092"]\n  sessionTimeout: 6m', 'kafka.sessionTimeout', /at least 1s and at most 5m/],
  ['a size without number', 'limits: {recordBytes: 1MiB}', 'limits: {recordBytes: big}', 'limits.recordBytes', /"big" is not a size; write it like "1MiB"/],
  ['a size of nothing', 'limits: {recordBytes: 1MiB}', 'limits: {recordBytes: 0B}', 'limits.recordBytes', /at least 1B/],
  ['a size beyond the bound', 'limits: {recordBytes: 1MiB}', 'limits: {recordBytes: 1GiB}', 'limits.recordBytes', /at most 256MiB/],
  ['an address without port', 'http: {listen: "127.0.0.1:8080"}', 'http: {listen: localhost}', 'http.listen', /"localhost" is not an address to listen on/],
  ['a port beyond the last', 'http: {listen: "127.0.0.1:8080"}', 'http: {listen: "0.0.0.0:99999"}', 'http.listen', /above 65535/],
  ['a broker without port', '  brokers: ["localhost:9092"]', '  brokers: [localhost]', 'kafka.brokers[0]', /not a broker address; write it like "localhost:9092"/],
  ['the same broker twice', '  brokers: ["localhost:9092"]', '  brokers: ["a:1", "b:1", "a:1"]', 'kafka.brokers[2]', /"a:1" stands here twice/],
  ['no broker', '  brokers: ["localhost:9092"]', '  brokers: []', 'kafka.brokers', /at least one entry/],
  ['a time without zone', '    start: latest', '    start: 2026-03-01T00:00:00', 'streams[0].start', /no place to start/],
  ['a day that does not exist', '    start: latest', '    start: 2026-02-30T00:00:00Z', 'streams[0].start', /does not exist/],
  // Choices.
  ['Kafka and file logs together', 'panes: {length: 5m}', 'log: {directory: ./logs}', 'log', /only one of "kafka" and "log"/],
  ['two registries', 'registry: {url: "http://localhost:8081"}', 'registry: {url: "http://localhost:8081", directory: a}', 'registry.directory', /only one of "url" and "directory"/],
  ['no registry in registry', 'registry: {url: "http://localhost:8081"}', 'registry: {}', 'registry', /needs one of "url" and "directory"/],
  ['a registry by another protocol', 'registry: {url: "http://localhost:8081"}', 'registry: {url: "ftp://localhost"}', 'registry.url', /not an address of a registry/],
  ['a password and its file', 'panes: {length: 5m}', 'kafka: {brokers: ["a:1"], sasl: {username: u, password: p, passwordFile: f}}', 'kafka.sasl.passwordFile', /only one of/],
  ['a certificate without its key', '  brokers: ["localhost:9092"]', '  brokers: ["localhost:9092"]\n  ssl: {cert: PEM}', 'kafka.ssl.keyFile', /needs its private key/],
  ['a secret file that is not there', '  brokers: ["localhost:9092"]', '  brokers: ["localhost:9092"]\n  sasl: {username: u, passwordFile: /nowhere/secret}', 'kafka.sasl.passwordFile', /cannot be read/],
  ['a metric that is both', '      - {name: click_rate, rate: {field: clicked, equals: true}}', '      - {name: m, rate: {field: clicked, equals: true}, ratio: {count: clicks, per: events}}', 'streams[0].engagement[0].ratio', /only one of "rate" and "ratio"/],
  ['a metric that is neither', '      - {name: click_rate, rate: {field: clicked, equals: true}}', '      - {name: m}', 'streams[0].engagement[0]', /needs one of "rate" and "ratio"/],
  // Names.
  ['a stream called events', '      - {name: ctr, ratio: {count: clicks, per: impressions}}\n  - name: clicks', '  - name: events', 'streams[1].name', /"events" is reserved/],
  ['two streams of one name', '      - {name: ctr, ratio: {count: clicks, per: impressions}}\n  - name: clicks', '  - name: impressions', 'streams[1].name', /already a stream "impressions"/],
  ['two streams on one topic', '    topic: shop.clicks', '    topic: shop.impressions', 'streams[1].topic', /already the topic of stream impressions/],
  ['a stream on an own topic', '    topic: shop.clicks', '    topic: evenkeel.alerts', 'streams[1].topic', /own topics/],
  ['a topic Kafka would refuse', '    topic: shop.clicks', '    topic: shop/clicks', 'streams[1].topic', /not a topic name/],
  ['two fields of one name', '      - {name: clicked, kind: boolean}', '      - {name: price, kind: numeric}\n      - {name: clicked, kind: boolean}', 'streams[0].fields[2].name', /already a field "price"/],
  ['two metrics of one name', '      - {name: ctr, ratio: {count: clicks, per: impressions}}', '      - {name: click_rate, ratio: {count: clicks, per: events}}', 'streams[0].engagement[1].name', /already a metric "click_rate"/],
  ['a path with a hole', '      - {name: price, kind: numeric, range: [0, 500]}', '      - {name: basket..size, kind: numeric}', 'streams[0].fields[0].name', /dotted path/],
  // Cohorts and plans.
  ['a cohort value on both sides', '    cohort: {field: model, control: [m41], candidate: [m42]}\n    allocation', '    cohort: {field: model, control: [m41, m40], candidate: [m42, m41]}\n    allocation', 'streams[0].cohort.candidate[1]', /"m41" is in control as well/],
  ['the same cohort value as number and text', '    cohort: {field: model, control: [m41], candidate: [m42]}\n    allocation', '    cohort: {field: model, control: 1, candidate: ["1"]}\n    allocation', 'streams[0].cohort.candidate[0]', /"1" is in control as well/],
  ['an empty cohort', '    cohort: {field: model, control: [m41], candidate: [m42]}\n    allocation', '    cohort: {field: model, control: [], candidate: [m42]}\n    allocation', 'streams[0].cohort.control', /at least one entry/],
  ['a cohort number beyond exact', '    cohort: {field: model, control: [m41], candidate: [m42]}\n    allocation', '    cohort: {field: model, control: [12345678901234567890], candidate: [m42]}\n    allocation', 'streams[0].cohort.control[0]', /write it in quotes/],
  ['the cohort field among the watched', '      - {name: clicked, kind: boolean}', '      - {name: model, kind: categorical}\n      - {name: clicked, kind: boolean}', 'streams[0].fields[2].name', /is the cohort field/],
  ['shares beyond 1', '    allocation: {control: 0.5, candidate: 0.5}', '    allocation: {control: 0.5, candidate: 0.6}', 'streams[0].allocation', /add up to 1.1, above 1/],
  ['a cohort without share', '    allocation: {control: 0.5, candidate: 0.5}', '    allocation: {control: 1, candidate: 0.5}', 'streams[0].allocation.control', /less than 1/],
  ['plans out of order', '    allocation: {control: 0.5, candidate: 0.5}', '    allocation: [{from: 2026-03-02T00:00:00Z, control: 0.5, candidate: 0.5}, {from: 2026-03-02T01:00:00+01:00, control: 0.9, candidate: 0.1}]', 'streams[0].allocation[1].from', /times must ascend/],
  ['a plan from no time', '    allocation: {control: 0.5, candidate: 0.5}', '    allocation: [{from: yesterday, control: 0.5, candidate: 0.5}]', 'streams[0].allocation[0].from', /not a time with zone/],
  // Fields.
  ['limits the wrong way round', '      - {name: price, kind: numeric, range: [0, 500]}', '      - {name: price, kind: numeric, range: [500, 0]}', 'streams[0].fields[0].range', /low limit 500 must be below the high limit 0/],
  ['one limit only', '      - {name: price, kind: numeric, range: [0, 500]}', '      - {name: price, kind: numeric, range: [0]}', 'streams[0].fields[0].range', /needs 2 entries/],
  ['an infinite limit', '      - {name: price, kind: numeric, range: [0, 500]}', '      - {name: price, kind: numeric, range: [0, .inf]}', 'streams[0].fields[0].range[1]', /must be a number, not Infinity/],
  ['limits of texts', '      - {name: plan, kind: categorical, values: [free, pro]}', '      - {name: plan, kind: categorical, range: [0, 1]}', 'streams[0].fields[1].range', /only for numeric fields, not categorical/],
  ['a vocabulary of numbers', '      - {name: price, kind: numeric, range: [0, 500]}', '      - {name: price, kind: numeric, values: [1, 2]}', 'streams[0].fields[0].values', /only for categorical fields, not numeric/],
  ['a category twice', '      - {name: plan, kind: categorical, values: [free, pro]}', '      - {name: plan, kind: categorical, values: [free, pro, free]}', 'streams[0].fields[1].values[2]', /"free" stands here twice/],
  ['a numeric segment', '      - {name: price, kind: numeric, range: [0, 500]}', '      - {name: price, kind: numeric, role: segment}', 'streams[0].fields[0].role', /must be categorical or boolean/],
  // Engagement.
  ['a ratio per an unknown stream', '      - {name: ctr, ratio: {count: clicks, per: impressions}}', '      - {name: ctr, ratio: {count: clicks, per: impresions}}', 'streams[0].engagement[1].ratio.per', /no stream "impresions"; did you mean "impressions"/],
  ['a count of an unknown stream', '      - {name: ctr, ratio: {count: clicks, per: impressions}}', '      - {name: ctr, ratio: {count: purchases, per: impressions}}', 'streams[0].engagement[1].ratio.count', /no stream "purchases"/],
  ['a sum in an unknown stream', '      - {name: ctr, ratio: {count: clicks, per: impressions}}', '      - {name: ctr, ratio: {sum: {stream: x, field: y}, per: events}}', 'streams[0].engagement[1].ratio.sum.stream', /no stream "x"/],
  ['a sum of texts', '      - {name: ctr, ratio: {count: clicks, per: impressions}}', '      - {name: ctr, ratio: {sum: plan, per: events}}', 'streams[0].engagement[1].ratio.sum', /only numeric fields can be summed/],
  ['a ratio that is always 1', '      - {name: ctr, ratio: {count: clicks, per: impressions}}', '      - {name: ctr, ratio: {count: events, per: impressions}}', 'streams[0].engagement[1].ratio.count', /always 1/],
  ['a rate of a value that is never there', '      - {name: click_rate, rate: {field: clicked, equals: true}}', '      - {name: click_rate, rate: {field: clicked, equals: 1}}', 'streams[0].engagement[0].rate.equals', /never the value of the boolean field clicked/],
  ['a rate of an undeclared category', '      - {name: click_rate, rate: {field: clicked, equals: true}}', '      - {name: click_rate, rate: {field: plan, equals: gold}}', 'streams[0].engagement[0].rate.equals', /not among the declared values/],
  ['joined streams with two salts', '    unit: user_id\n    salt: spring\n    cohort: {field: model, control: [m41], candidate: [m42]}\npolicy', '    unit: user_id\n    cohort: {field: model, control: [m41], candidate: [m42]}\npolicy', 'streams[1].salt', /must be that of stream impressions, "spring"/],
  ['joined streams with two units', '    unit: user_id\n    salt: spring\n    cohort: {field: model, control: [m41], candidate: [m42]}\npolicy', '    unit: session\n    salt: spring\n    cohort: {field: model, control: [m41], candidate: [m42]}\npolicy', 'streams[1].unit', /must be "user_id", as in stream impressions/],
  // Policy.
  ['a budget of everything', '  falseAlarmBudget: 0.01', '  falseAlarmBudget: 1', 'policy.falseAlarmBudget', /less than 1/],
  ['a budget of nothing', '  falseAlarmBudget: 0.01', '  falseAlarmBudget: 0', 'policy.falseAlarmBudget', /more than 0/],
  ['a horizon within a pane', '  horizon: 14d', '  horizon: 4m', 'policy.horizon', /shorter than one pane/],
  ['budget shares beyond 1', '  horizon: 14d', '  shares: {features: 0.6}', 'policy.shares', /add up to 1.1/],
  ['a share of nothing', '  horizon: 14d', '  shares: {features: 0}', 'policy.shares.features', /more than 0/],
  ['no window', '  horizon: 14d', '  levels: 0', 'policy.levels', /at least 1/],
  ['half a window', '  horizon: 14d', '  levels: 2.5', 'policy.levels', /must be a whole number/],
  ['no calm slice', '  horizon: 14d', '  clear: 0', 'policy.clear', /at least 1/],
  ['an unknown effect', '  horizon: 14d', '  effectMin: {mising: 0.1}', 'policy.effectMin.mising', /did you mean "missing"/],
  ['an ambiguous effect', '  horizon: 14d', '  effectMin: {numeric: 0.1}', 'policy.effectMin.numeric', /a numeric field has the effects "location"/],
  ['an effect twice', '  horizon: 14d', '  effectMin: {sampleRatio: 0.1, sample-ratio: 0.2}', 'policy.effectMin.sample-ratio', /another spelling of "sampleRatio"/],
  ['a margin below the effect', '  horizon: 14d', '  margin: {missing: 0.5}', 'policy.margin.missing', /at least 1/],
  ['require that is neither all nor a list', '  require: all', '  require: some', 'policy.require', /neither "all" nor a list/],
  ['a required check that is none', '  require: all', '  require: [impressions/mising/price]', 'policy.require[0]', /did you mean "impressions\/missing\/price"/],
  ['a required check of an unknown stream', '  require: all', '  require: [nowhere/volume]', 'policy.require[0]', /no check has the id/],
  ['an expected check that is none', '  horizon: 14d', '  expect: [{check: categoric, reason: r}]', 'policy.expect[0].check', /not one of numeric.*did you mean "categorical"/],
  ['an expected change without reason', '  horizon: 14d', '  expect: [{check: missing}]', 'policy.expect[0].reason', /is missing: Why/],
  ['an expected change in an unknown stream', '  horizon: 14d', '  expect: [{check: missing, stream: click, reason: r}]', 'policy.expect[0].stream', /did you mean "clicks"/],
  ['an expected change of an unknown field', '  horizon: 14d', '  expect: [{check: missing, field: prise, reason: r}]', 'policy.expect[0].field', /did you mean "price"/],
  ['an expected check nobody asks for', '  horizon: 14d', '  expect: [{check: duplicates, reason: r}]', 'policy.expect[0].check', /no check "duplicates" is asked for/],
] // prettier-ignore

describe('a configuration with one mistake', () => {
  it('is right before the mistake is made', () => {
    readConfig(RIGHT, 'c.yaml', {}, { needsLog: true })
  })

  for (const [title, line, instead, key, message] of MISTAKES) {
    it(`names ${title}`, () => {
      assert.equal(RIGHT.split(line).length, 2, 'the line to replace stands in the text once')
      // A key that is given a second time would be another mistake.
      const firstKey = /^[ ]{0,2}\w+:/.exec(instead)?.[0]
      const text = RIGHT.replace(line, instead)
      const doubled = firstKey !== undefined && text.split('\n').filter((each) => each.startsWith(firstKey)).length > 1
      const problems = problemsOf(doubled ? withoutOther(text, instead, firstKey) : text)
      assert.deepEqual(
        problems.map((problem) => problem.key),
        [key],
      )
      assert.match(problems[0]!.message, message)
      assert.ok(problems[0]!.line > 1 && problems[0]!.column > 0)
    })
  }
})

describe('a configuration with many mistakes', () => {
  const text = [
    'panes: {length: 90x}', // 1:17
    'kafka:', // 2
    '  brokers: [localhost]', // 3:13
    'streams:',
    '  - name: a', // 5:5
    '    feilds: []', // 6:5
    '    topic: "no topic"', // 7:12
    '    format: avro',
    '    eventTime: ts',
    '    cohort: {field: m, control: [x], candidate: [x]}', // 10:50
  ].join('\n')

  it('names them all at once, in the order of the file, each with line and column', () => {
    assert.deepEqual(
      problemsOf(text).map(({ line, column, key }) => `${line}:${column} ${key}`),
      [
        '1:17 panes.length',
        '3:13 kafka.brokers[0]',
        '6:5 streams[0].feilds',
        '7:12 streams[0].topic',
        '10:50 streams[0].cohort.candidate[0]',
      ],
    )
  })

  it('lays them out below a heading, each as file:line:column, key and message', () => {
    assert.throws(() => readConfig('panes: {length: 90x}\nstreams:\n', 'a.yaml', {}), {
      code: 'EVENKEEL_CONFIG_INVALID',
      message: [
        'EVENKEEL_CONFIG_INVALID: a.yaml has 2 problems',
        '  a.yaml:1:17  panes.length  "90x" is not a duration; write it like "90s" or "5m"',
        '  a.yaml:2:9   streams       must be a list, not nothing',
      ].join('\n'),
    })
  })
})

describe('a text that is no configuration', () => {
  it('names the line and column of a YAML mistake', () => {
    const [problem] = problemsOf('streams:\n  - name: "a\n')
    assert.match(`${problem?.line}:${problem?.column} ${problem?.message}`, /^3:1 cannot be read as YAML/)
  })

  it('names a key that is given twice, and checks the rest all the same', () => {
    const problems = problemsOf(RIGHT.replace('panes: {length: 5m}', 'panes: {length: 90x}\npanes: {length: 5m}'))
    assert.ok(problems.some(({ line, message }) => line === 8 && /a second time/.test(message)))
    assert.equal(problems.length, 1)
  })

  it('never quotes a line that may hold a secret', () => {
    const text = 'kafka:\n  sasl: {password: "hunter2, username: x}\n'
    assert.throws(
      () => readConfig(text, 'c.yaml', {}),
      (error: Error) => !error.message.includes('hunter2'),
    )
  })

  for (const password of ['*hunter2', '!hunter2', '!hunter2 x', '"hunter2', '[hunter2', '%hunter2', '&hunter2']) {
    it(`never repeats what YAML takes for something else: ${password}`, () => {
      const text = `kafka:\n  brokers: ["a:1"]\n  sasl: {username: x, password: ${password}}\n`
      const told = problemsOf(text).map(({ message }) => message)
      assert.ok(told.length > 0)
      assert.doesNotMatch(told.join('\n'), /hunter2/)
    })
  }

  it('says that a second document is one too many', () => {
    assert.match(problemsOf('a: 1\n---\nb: 2\n')[0]!.message, /second document/)
  })

  it('refuses an alias bomb', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
    for (let at = 1; at < 9; at++) {
      const name = String.fromCharCode(97 + at)
      const last = String.fromCharCode(96 + at)
      bomb.push(`${name}: &${name} [${Array(10).fill(`*${last}`).join(', ')}]`)
    }
    assert.match(problemsOf(bomb.join('\n'))[0]!.message, /cannot be read as YAML/)
  })

  it('says what is missing in an empty file', () => {
    assert.deepEqual(
      problemsOf('').map(({ key }) => key),
      ['streams'],
    )
  })

  it('says that a list is none', () => {
    assert.match(problemsOf('- a\n')[0]!.message, /must be a mapping, not a list/)
  })
})

describe('what `run` needs besides', () => {
  const text = RIGHT.replace('kafka:\n  brokers: ["localhost:9092"]\n', '')

  it('is a log, for run', () => {
    assert.throws(() => readConfig(text, 'c.yaml', {}, { needsLog: true }), /needs "kafka: .*" or "log: /)
  })

  it('is no log, for replay and check', () => {
    assert.equal(readConfig(text, 'c.yaml', {}).kafka, null)
  })
})

function problemsOf(text: string): readonly ConfigProblem[] {
  try {
    readConfig(text, 'c.yaml', {})
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.problems
  }
  return []
}

/** Drops the block of the same key elsewhere in the text, so that the mistake itself is the only one. */
function withoutOther(text: string, instead: string, key: string): string {
  const lines = text.split('\n')
  const own = instead.split('\n')[0]!
  const at = lines.findIndex((line) => line.startsWith(key) && line !== own)
  let end = at + 1
  while (end < lines.length && /^\s/.test(lines[end]!) && lines[end]!.search(/\S/) > key.search(/\S/)) end++
  return [...lines.slice(0, at), ...lines.slice(end)].join('\n')
}
