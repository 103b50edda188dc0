import assert from 'node:assert/strict'
import { it } from 'node:test'
import { kafkaError } from '../../src/log/kafka-errors.ts'

it('no answer at all, which KafkaJS reads as one, is no reason to give up', () => {
  const nothing = null as { topicMetadata: unknown } | null
  const read = (): unknown => nothing!.topicMetadata
  try {
    read()
    assert.fail('null was read')
  } catch (error) {
    const { code, retriable } = kafkaError(error, 'asking')
    assert.deepEqual([code, retriable], ['EVENKEEL_LOG_UNREACHABLE', true])
  }
  assert.equal(
    kafkaError(new TypeError('x is not a function'), 'asking').retriable,
    false,
    'a defect of our own is one',
  )
})
