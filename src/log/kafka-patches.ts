import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import type * as KafkaJs from 'kafkajs'
import type { Socket } from 'node:net'
import { FetchedPartition } from './fetched-partition.ts'
import { PrivateCopy } from './private-copy.ts'

/**
 * KafkaJS 2.2.4, mended. Import it from here and nowhere else in `src`.
 *
 * The library is unmaintained and sound but for a few defects, each of which ends or falsifies a monitor. It has no
 * `exports` map, so its modules can be reached and their functions replaced, in a copy of our own: whoever else in this
 * process imports `kafkajs` gets the original. The version is pinned, and checked here: on any other one these patches
 * would be guesses.
 */
const require = createRequire(import.meta.url)
const { version } = require('kafkajs/package.json') as { version: string }
assert.equal(version, '2.2.4', 'kafka-patches.ts is written for kafkajs 2.2.4')

const copy = new PrivateCopy(require.resolve, {
  'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js': keepRecordSet,
  'kafkajs/src/consumer/batch.js': FetchedPartition,
  'kafkajs/src/producer/groupMessagesPerPartition.js': groupByPartition,
})
patchRequestQueue()
patchConnection()
patchCluster()
patchConsumerGroup()
patchRunner()
export const { AssignerProtocol, Kafka, logLevel } = copy.require('kafkajs') as typeof KafkaJs

/** What one of our readers does in the place of KafkaJS's own handling; found through the reader's assigner. */
export interface FetchOwner {
  fetched(fetched: FetchedPartition, runner: Runner): Promise<void>
  outOfRange(topic: string, partition: number): Promise<void>
}

interface Group {
  assigners: readonly { owner?: FetchOwner }[]
}

export interface Runner {
  running: boolean
  heartbeat(): Promise<void>
  consumerGroup: Group & {
    resolveOffset(place: { topic: string; partition: number; offset: string }): void
    commitOffsets(offsets: unknown): Promise<void>
  }
}

interface ReadsBytes {
  readInt32(): number
  canReadBytes(size: number): boolean
  readBytes(size: number): Buffer
}

/**
 * Defects 1, 5 and 6: the original decodes here, with `records.push(...batch.records)` (stack overflow at about 125,000
 * records, which KafkaJS takes for a programming error and never restarts from), without bounds and without CRC, and
 * any throw fails the fetch of every partition of that broker. So nothing is decoded here: see FetchedPartition.
 */
async function keepRecordSet(decoder: ReadsBytes): Promise<{ recordSet: Buffer | null }> {
  const size = decoder.readInt32()
  return { recordSet: size > 0 && decoder.canReadBytes(size) ? decoder.readBytes(size) : null }
}

interface MessagesToGroup {
  topic: string
  partitionMetadata: unknown[]
  messages: { partition?: number }[]
  partitioner(choice: { topic: string; partitionMetadata: unknown[]; message: object }): number
}

/** The original copies the list of a partition for each message that joins it: 20,000 small records take five seconds. */
function groupByPartition({ topic, partitionMetadata, messages, partitioner }: MessagesToGroup): object {
  const groups: Record<number, object[]> = {}
  if (partitionMetadata.length === 0) return groups
  for (const message of messages) {
    const list = (groups[partitioner({ topic, partitionMetadata, message })] ??= [])
    list.push(message)
  }
  return groups
}

/**
 * Defect 2: `throttledUntil` starts at -1, so the original sets a timer of a negative time after every response, that
 * one sets the next, and an idle client wakes a thousand times a second (and Node warns of a negative timeout).
 */
function patchRequestQueue(): void {
  const RequestQueue = copy.require('kafkajs/src/network/requestQueue/index.js') as {
    prototype: Record<string, unknown>
  }
  interface Queue {
    pending: unknown[]
    throttledUntil: number
    throttleCheckTimeoutId: NodeJS.Timeout | null
    checkPendingRequests(): void
  }
  RequestQueue.prototype['scheduleCheckPendingRequests'] = function (this: Queue) {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null
        this.checkPendingRequests()
      },
      Math.max(10, this.throttledUntil - Date.now()),
    )
  }
}

interface Connection {
  socket?: Socket
  isConnected(): boolean
}

/**
 * Defect 11: a request that nobody answers is given up, and the next one is sent over the same connection. When the other side
 * of it is gone and nobody said so (a firewall that forgot it, a broker's machine that lost its power), that goes on until all
 * retries are used up: five minutes for a reader. Ours is closed with the first request that times out.
 *
 * Defect 12: what has come of an answer when its connection breaks is kept, and the answers of the next connection are taken for
 * the rest of it. So none of them is ever understood, and every request times out: a reader waits for the partitions that are led
 * there, again, until all retries are used up, while it reads the others. Ours begins anew.
 */
function patchConnection(): void {
  const { prototype } = copy.require('kafkajs/src/network/connection.js') as { prototype: Record<string, unknown> }
  const send = prototype['send'] as (this: unknown, request: object) => Promise<unknown>
  prototype['send'] = async function (this: Connection, request: object): Promise<unknown> {
    try {
      return await send.call(this, request)
    } catch (error) {
      if ((error as Error).name === 'KafkaJSRequestTimeoutError') this.socket?.destroy(error as Error)
      throw error
    }
  }
  const connect = prototype['connect'] as (this: unknown) => Promise<unknown>
  prototype['connect'] = function (this: Connection): Promise<unknown> {
    if (!this.isConnected()) Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: LENGTH_BYTES })
    return connect.call(this)
  }
}

/** It stands before every answer. */
const LENGTH_BYTES = 4

/**
 * Defect 10: a broker that dies between our connection to it and the question for a group's coordinator leaves nobody to
 * answer, and the original calls that final: a consumer that joins at that moment never joins again. It is what an outage
 * always is, an absent broker, and passes with it.
 */
function patchCluster(): void {
  const { prototype } = copy.require('kafkajs/src/cluster/index.js') as { prototype: Record<string, unknown> }
  const { KafkaJSBrokerNotFound } = copy.require('kafkajs/src/errors.js') as Record<string, new (what: string) => Error>
  const original = prototype['findGroupCoordinatorMetadata'] as (this: unknown, question: object) => Promise<object>
  prototype['findGroupCoordinatorMetadata'] = async function (question: object): Promise<object> {
    try {
      return await original.call(this, question)
    } catch (error) {
      const { name, message } = error as Error
      throw name === 'KafkaJSGroupCoordinatorNotFound' ? new KafkaJSBrokerNotFound!(message) : error
    }
  }
}

/**
 * Defect 4: out of range, the original COMMITS the default offset, over our offset and its metadata and in spite of
 * `autoCommit: false`, and goes on from there without a word. Ours asks the log for its bounds and counts the loss.
 */
function patchConsumerGroup(): void {
  const { prototype } = copy.require('kafkajs/src/consumer/consumerGroup.js') as { prototype: Record<string, unknown> }
  prototype['recoverFromOffsetOutOfRange'] = function (this: Group, error: { topic: string; partition: number }) {
    return ownerOf(this).outOfRange(error.topic, error.partition)
  }
}

/**
 * Defect 7, and two silences. `handleBatch`: batches of control records only are swallowed by the original, so nobody
 * learns that the position moved; and `eachBatch` costs a decoded `messages` array. `commitOffsets`: the original
 * retries for seconds, and a retry after a rejoin carries an old generation's offset into the new generation; and it
 * answers "done" when the consumer no longer runs.
 */
function patchRunner(): void {
  const { prototype } = copy.require('kafkajs/src/consumer/runner.js') as { prototype: Record<string, unknown> }
  prototype['handleBatch'] = async function (this: Runner, fetched: FetchedPartition): Promise<void> {
    if (!this.running) return
    if (!fetched.isEmpty()) await ownerOf(this.consumerGroup).fetched(fetched, this)
    await this.heartbeat() // throws when the group rebalances: this is how the runner learns of it
  }
  prototype['commitOffsets'] = function (this: Runner, offsets: unknown): Promise<void> {
    return this.consumerGroup.commitOffsets(offsets)
  }
}

function ownerOf(group: Group): FetchOwner {
  const owner = group.assigners[0]?.owner
  assert.ok(owner, 'a consumer of the patched KafkaJS needs an assigner with an owner')
  return owner
}
