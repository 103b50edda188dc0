import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MonitorError } from '../../src/errors.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import type { Logger } from '../../src/telemetry/logger.ts'

describe('the log of the service', () => {
  it('says the same error once, counts it every time, and says when it is over', () => {
    const { logger, lines, codes } = loggerOf()
    const unreachable = (port: number) =>
      new MonitorError('EVENKEEL_LOG_UNREACHABLE', `connect ECONNREFUSED localhost:${port}`, { retriable: true })
    for (let attempt = 0; attempt < 100; attempt++) logger.child({ topic: 't' }).error(unreachable(9092 + attempt))
    assert.equal(lines.length, 1)
    assert.equal(codes.length, 100)
    assert.deepEqual([lines[0]!.code, lines[0]!.level, lines[0]!.topic], ['EVENKEEL_LOG_UNREACHABLE', 'error', 't'])
    logger.recovered('EVENKEEL_LOG_UNREACHABLE')
    logger.recovered('EVENKEEL_LOG_UNREACHABLE')
    assert.equal(lines.length, 2)
    assert.equal(lines[1]!.repeats, 99)
    logger.error(unreachable(1))
    assert.equal(lines.length, 3)
  })

  it('says different errors of one code each, up to a bound that hostile texts cannot pass', () => {
    const { logger, lines, codes } = loggerOf()
    for (let at = 0; at < 1000; at++) {
      const word = String.fromCodePoint(0x4e00 + at)
      logger.error(new MonitorError('EVENKEEL_RECORD_CORRUPT', `the field ${word} is broken`))
    }
    assert.equal(lines.length, 33)
    assert.equal(codes.length, 1000)
  })

  it('shows the stack of what nobody foresaw, and only of that', () => {
    const { logger, lines, codes } = loggerOf()
    logger.error(new TypeError('x is not a function'))
    logger.error(new MonitorError('EVENKEEL_STATE_IO', 'full', { cause: new Error('ENOSPC') }))
    logger.error('a text')
    assert.match(String(lines[0]!.stack), /logger\.test/)
    assert.deepEqual([lines[1]!.stack, lines[1]!.cause], [undefined, 'ENOSPC'])
    assert.deepEqual(codes, ['UNEXPECTED', 'EVENKEEL_STATE_IO', 'UNEXPECTED'])
  })

  it('writes one line of JSON for any text, with the instance, and never a password', () => {
    const { logger, lines } = loggerOf()
    logger.info('a\nb\u2028"', { kafka: { password: 'secret', brokers: ['x'] }, password: 'secret' })
    assert.deepEqual([lines[0]!.message, lines[0]!.instance], ['a\nb\u2028"', 'shop-eu'])
    assert.ok(!JSON.stringify(lines).includes('secret'))
    assert.match(String(lines[0]!.time), /^\d{4}-\d\d-\d\dT/)
  })
})

function loggerOf(): { logger: Logger; lines: Record<string, unknown>[]; codes: string[] } {
  const lines: Record<string, unknown>[] = []
  const codes: string[] = []
  const write = (line: string): void => {
    assert.equal(line.indexOf('\n'), line.length - 1)
    lines.push(JSON.parse(line) as Record<string, unknown>)
  }
  const onError = (code: string): number => codes.push(code)
  return { logger: createLogger({ instance: 'shop-eu', destination: { write }, onError }), lines, codes }
}
