import type { Kafka, Message, Producer } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import { MonitorError } from '../errors.ts'
import { backoffMs } from './backoff.ts'
import { Exclusive } from './exclusive.ts'
import { errorType, kafkaError } from './kafka-errors.ts'
import type { RecordToAppend } from './log.ts'
import { partitionFor } from './murmur2.ts'
import { withinMs } from './time-limit.ts'

/** Below Kafka's default `message.max.bytes` (1,048,588) with room for framing: that bound is on a whole batch. */
const REQUEST_BYTES_MAX = 900_000
/** Framing of a record, generously. */
const RECORD_OVERHEAD = 64
/** So often partitions that nobody answers for are sent again: an election is over by then, and the caller knows how to wait. */
const ROUNDS_MAX = 6
/** The broker refused the write as it does not know our place in the sequence: nothing was written, a new id may try. */
const SEQUENCE_ERRORS = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'])

/**
 * Appends in order, one request at a time, each acknowledged by all in-sync replicas.
 *
 * The producer is idempotent: KafkaJS's own retries cannot repeat a record. Trap: after a failure whose outcome nobody
 * knows, the broker may hold the failed batch under the very sequence number that the next batch would get, and would
 * take the next one for a repetition and drop it in silence. So a producer that failed is thrown away; the next append
 * gets a new producer id, and may repeat records but never lose one.
 *
 * A second trap: KafkaJS asks each leader, and again those that did not answer. A partition whose lead went meanwhile to a broker
 * that has answered for another one is never sent, and the whole counts as sent. So only partitions that somebody answered for are
 * done; the others are sent again, under the same numbers, a few times. What nobody answers for then fails as a whole, retriably:
 * whoever appends keeps its records and comes again.
 */
export class KafkaAppender {
  readonly #kafka: Kafka
  readonly #timeoutMs: number
  readonly #exclusive = new Exclusive()
  #producer: Promise<Producer> | null = null
  #closed = false

  constructor(kafka: Kafka, timeoutMs: number) {
    this.#kafka = kafka
    this.#timeoutMs = timeoutMs
  }

  append(topic: string, records: readonly RecordToAppend[]): Promise<void> {
    return this.#exclusive.run(async () => {
      for (const messages of requestsOf(records)) await this.#send(topic, messages)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#exclusive.run(() => this.#discard())
  }

  async #send(topic: string, messages: Message[]): Promise<void> {
    const doing = `appending to ${topic}`
    if (this.#closed) throw new MonitorError('EVENKEEL_LOG_FAILED', `${doing}: the log is closed`)
    for (let attempt = 0; ; attempt++) {
      try {
        await withinMs(this.#sendOnce(topic, messages), this.#timeoutMs, doing)
        return
      } catch (error) {
        void this.#discard().catch(() => undefined) // thrown away: how it ends does not matter
        if (attempt > 0 || !SEQUENCE_ERRORS.has(errorType(error) ?? '')) throw kafkaError(error, doing)
      }
    }
  }

  async #sendOnce(topic: string, messages: Message[]): Promise<void> {
    this.#producer ??= this.#connect()
    const producer = await this.#producer
    let due = messages
    for (let round = 1; ; round++) {
      const answers = await producer.send({ topic, messages: due, acks: -1, timeout: 10_000 })
      const acknowledged = new Set(answers.map(({ partition }) => partition))
      due = due.filter(({ partition }) => !acknowledged.has(partition!))
      if (due.length === 0) return
      if (round === ROUNDS_MAX) throw unanswered(topic, due)
      await sleep(backoffMs(round, 50, 2_000))
    }
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: true,
      maxInFlightRequests: 1,
      metadataMaxAge: 60_000,
      createPartitioner: () => choosePartition,
    })
    await producer.connect()
    return producer
  }

  async #discard(): Promise<void> {
    const producer = this.#producer
    this.#producer = null
    await producer?.then(
      (open) => open.disconnect(),
      () => undefined, // it never connected
    )
  }
}

/** Once for each message: what is sent again goes to where it went before, and `#sendOnce` knows where that was. */
function choosePartition({ message, partitionMetadata }: { message: Message; partitionMetadata: unknown[] }): number {
  message.partition ??= message.key === null ? 0 : partitionFor(String(message.key), partitionMetadata.length)
  return message.partition
}

function unanswered(topic: string, due: readonly Message[]): MonitorError {
  const partitions = [...new Set(due.map(({ partition }) => partition!))].sort((a, b) => a - b)
  const message = `appending to ${topic}: nobody answered for ${due.length} records of partitions ${partitions.join(', ')}`
  return new MonitorError('EVENKEEL_LOG_FAILED', message, { retriable: true })
}

function* requestsOf(records: readonly RecordToAppend[]): Generator<Message[]> {
  let messages: Message[] = []
  let size = 0
  for (const record of records) {
    const recordSize = sizeOf(record)
    if (messages.length > 0 && size + recordSize > REQUEST_BYTES_MAX) {
      yield messages
      messages = []
      size = 0
    }
    messages.push(toMessage(record))
    size += recordSize
  }
  if (messages.length > 0) yield messages
}

function toMessage({ key, value, headers, partition }: RecordToAppend): Message {
  const message: Message = { key, value }
  if (headers !== undefined) message.headers = { ...headers }
  if (partition !== undefined) message.partition = partition
  return message
}

function sizeOf({ key, value, headers = {} }: RecordToAppend): number {
  let size =
    RECORD_OVERHEAD + (key === null ? 0 : Buffer.byteLength(key)) + (value === null ? 0 : Buffer.byteLength(value))
  for (const [name, header] of Object.entries(headers)) size += Buffer.byteLength(name) + Buffer.byteLength(header) + 8
  return size
}
