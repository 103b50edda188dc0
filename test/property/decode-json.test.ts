import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import fc from 'fast-check'
import type { SlotValue } from '../../src/decode/decoder.ts'
import { createJsonReader } from '../../src/decode/json-decoder.ts'
import type { JsonReader } from '../../src/decode/json-decoder.ts'
import { planFor } from '../unit/decode-support.ts'

/** `id`, `unit` and `cohort` want every digit; some keys are never wanted. */
const PATHS = ['id', 'unit', 'cohort', 'n', 'm', 's', 'é', '"q"', '__proto__', '1']
const KEYS = [...PATHS, 'x', 'y', 'key \\', 'ts ']
const readerOf = (): JsonReader => createJsonReader(planFor(PATHS, { format: 'json' }))

/** Nearly all of it is JSON: an event with one mistake in it is read by the parser alone. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>, ...mistakes: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 60, arbitrary }, { weight: 1, arbitrary: fc.constantFrom(...mistakes) })
const joined = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((each) => each.join(''))

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 })
const integer = fc.oneof(
  fc.constant('0'),
  fc.constantFrom(...'123456789'),
  joined(fc.constantFrom(...'123456789'), digits),
)
const fraction = fc.oneof(fc.constant(''), joined(fc.constant('.'), digits))
const exponent = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: joined(fc.constantFrom('e', 'E', 'e+', 'E-'), fc.constantFrom('0', '1', '07', '22', '23', '300', '999')),
  },
)
const number = rarely(
  joined(fc.constantFrom('', '-'), integer, fraction, exponent),
  '01',
  '-',
  '1.',
  '.5',
  '1e',
  '+1',
  '--1',
)
const quoted = fc
  .oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 12 }))
  .map((text) => JSON.stringify(text))
const escaped = joined(
  fc.constant('"'),
  fc.constantFrom('', 'ab'),
  fc.constantFrom('\\n', '\\"', '\\/', '\\u00e9', '\\ud83d\\ude00', '\\ud800'),
  fc.constantFrom('', 'c"').map((end) => end || '"'),
)
const string = rarely(
  fc.oneof({ weight: 4, arbitrary: quoted }, { weight: 1, arbitrary: escaped }),
  '"\\u12"',
  '"\\x"',
  '"\\"',
  '"a',
  'a"',
  '"\t"',
)
const space = rarely(fc.constantFrom('', '', '', '', '', '', ' ', '\t', '\r\n', '  '), '\u00a0', '\f')
const word = rarely(fc.constantFrom('true', 'false', 'null'), 'tru', 'nulL', 'NaN', '')
const scalar = fc.oneof(number, string, word)
const { value } = fc.letrec<{ value: string }>((tie) => {
  const item = joined(space, tie('value'), space)
  const member = joined(space, string, space, fc.constant(':'), item)
  return {
    value: fc.oneof(
      { maxDepth: 3 },
      { weight: 8, arbitrary: scalar },
      { weight: 1, arbitrary: fc.array(item, { maxLength: 3 }).map((items) => `[${items.join(',')}]`) },
      { weight: 1, arbitrary: fc.array(member, { maxLength: 3 }).map((members) => `{${members.join(',')}}`) },
    ),
  }
})
const key = fc.constantFrom(...KEYS).map((each) => JSON.stringify(each))
const outline = fc.array(joined(space, key, space, fc.constant(':'), space), { maxLength: 5 })

/** Events of a few outlines, whose values change: what a topic holds. */
const stream = fc.array(outline, { minLength: 1, maxLength: 3 }).chain((outlines) => {
  const event = fc
    .constantFrom(...outlines)
    .chain((keys) =>
      fc
        .tuple(fc.tuple(...keys.map(() => joined(value, space))), rarely(fc.constant('}'), '', '}}', '},', '} '))
        .map(([values, end]) => `{${keys.map((each, at) => each + values[at]).join(',')}${end}`),
    )
  return fc.array(event, { minLength: 1, maxLength: 8 })
})

describe('JSON events that are built like events before', () => {
  it('are read as an event is read that comes first', () => {
    const junk = fc.constantFrom('', '}', '1', '"', ' ', 'e', ',"x":1}')
    fc.assert(
      fc.property(stream, junk, junk, (texts, before, behind) => {
        const reader = readerOf()
        for (const text of [...texts, ...texts]) {
          assert.deepEqual(readBy(reader, text, before, behind), readBy(readerOf(), text, '', ''), text)
        }
      }),
      { numRuns: 3000 },
    )
  })

  const VALUES = ['1', '"x"', 'true', 'null', '[]', '{}']
  const ALMOST = [
    '01', '-', '-01', '.5', '1.', '1.e1', '1e', '1e+', '+1', '--1', '1-', '0x1', 'tru', 'trux', 'nulL', 'fals', 'NaN', '', ' ',
    '"a', 'a"', '"\u0001"', '"\u001f"', '"\\x"', '"\\u12"', '"\\u12g4"', '"\\"', '"a" "b"', '[1,]', '[,1]', '[1 2]', '[1', ']', '[}',
    '{"a" 1}', '{"a";1}', '{"a":1,}', '{,}', '{a:1}', '{a":1}', "{'a':1}", '{1:2}', '{"a":}', '{"a"}', '{"a":1', '{]', '{"\u0001":1}',
  ] // prettier-ignore
  const UNUSUAL = [
    '9007199254740993', '-9007199254740993', '12345678901234567890', '1e20', '1e400', '-0', '-0.0', '0e1', '5e-324', '0.1e-7',
    '999999999999999', '0.000000000000001', '123456789012.345', '1234567890123.4567', '"\\u0000"', '"\u007f"', '"\u2028"', '"é"', '"\\ud800"',
    ...[61, 62, 63, 64, 65].flatMap((depth) => ['['.repeat(depth) + ']'.repeat(depth), '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)]),
  ] // prettier-ignore
  const NO_UTF8 = [[0xff], [0xc3], [0xc3, 0x28], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]]

  it('are refused, and understood, as a parser does', () => {
    const wrongs = [...ALMOST, ...UNUSUAL].map((text) => Buffer.from(text))
    for (const bytes of NO_UTF8) wrongs.push(Buffer.concat([Buffer.from('"a'), Buffer.from(bytes), Buffer.from('"')]))
    for (const name of ['id', 'n', 's', 'x']) {
      for (const [open, close] of [
        ['', ''],
        ['[', ']'],
        ['{"k":', '}'],
        ['[[1,', '],2]'],
      ] as const) {
        // prettier-ignore
        const eventOf = (value: string | Buffer): Buffer =>
          Buffer.concat([`{"y":0,"${name}":${open}`, value, `${close},"m":1}`].map((part) => Buffer.from(part)))
        for (const wrong of wrongs) {
          const reader = readerOf()
          for (const right of VALUES) readBy(reader, eventOf(right), '', '')
          const event = eventOf(wrong)
          assert.deepEqual(readBy(reader, event, '', ''), readBy(readerOf(), event, '', ''), event.toString('latin1'))
        }
      }
    }
  })

  it('have commas between their fields', () => {
    for (const separator of [';', ':', ' ', '', '}', ',,']) {
      const reader = readerOf()
      readBy(reader, '{"id":1,"n":2}', '', '')
      assert.equal(readBy(reader, `{"id":1${separator}"n":2}`, '', '').fields, null, separator)
    }
  })

  it('are not parsed', () => {
    const reader = readerOf()
    const texts = [
      '{"id":"a","n":1.25,"x":[{"y":"\\n"}],"s":null}',
      '{"id": "b", "n": -3e2, "s": null}',
      '{"n":7,"id":"c"}',
    ]
    for (const text of texts) readBy(reader, text, '', '')
    const parse = mock.method(JSON, 'parse')
    for (const text of texts) assert.notEqual(readBy(reader, text, '', '').fields, null)
    parse.mock.restore()
    assert.equal(parse.mock.callCount(), 0)
  })

  it('that no scanner can read are parsed without trying each', () => {
    const reader = readerOf()
    // Every event has a key that never came before.
    for (let at = 0; at < 3000; at++) {
      assert.equal(readBy(reader, `{"id":"${at}","key${at}":1}`, '', '').values![0], String(at))
    }
  })
})

function readBy(reader: JsonReader, text: string | Buffer, before: string, behind: string) {
  const body = Buffer.from(text)
  const data = Buffer.concat([Buffer.from(before), body, Buffer.from(behind)])
  const values: SlotValue[] = PATHS.map(() => 'dirty')
  const outcome = reader.read(data, before.length, before.length + body.length, values)
  return outcome.kind === 'shape' ? { fields: outcome.fields, values } : { fields: null, values: null }
}
