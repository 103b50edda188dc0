import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shares } from '../../src/log/kafka-assigner.ts'
import { sortedPartitions } from '../../src/log/kafka-group.ts'

describe('the assignment of partitions', () => {
  it('gives every partition to exactly one member that reads its topic, evenly, in numerical order', () => {
    const readers = fc.array(fc.subarray(['a', 'b', 'c']), { minLength: 1, maxLength: 5 })
    const counts = fc.record({ a: fc.nat(30), b: fc.nat(30), c: fc.nat(30) })
    fc.assert(
      fc.property(readers, counts, (subscriptions, partitionCounts) => {
        const members = subscriptions.map((topics, index) => ({ memberId: `m${index}`, topics }))
        const topics = Object.entries(partitionCounts).map(([topic, count]) => {
          return { topic, partitions: Array.from({ length: count }, (_, i) => i).sort() } // as strings, as KafkaJS has them
        })
        const dealt = shares(members, topics)
        for (const { topic, partitions } of topics) {
          const readersOf = members.filter((member) => member.topics.includes(topic))
          const lists = readersOf.map(({ memberId }) => dealt.get(memberId)![topic] ?? [])
          for (const { memberId } of members.filter((member) => !readersOf.includes(member))) {
            assert.equal(dealt.get(memberId)![topic], undefined)
          }
          if (readersOf.length === 0) continue
          assert.deepEqual(lists.flat().sort((x, y) => x - y), partitions.toSorted((x, y) => x - y)) // prettier-ignore
          for (const list of lists) assert.deepEqual(list, list.toSorted((x, y) => x - y)) // prettier-ignore
          const sizes = lists.map(({ length }) => length)
          assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, String(sizes))
        }
      }),
      { verbose: 1 },
    )
  })

  it('spreads topics of one partition over the members', () => {
    const members = ['m0', 'm1'].map((memberId) => ({ memberId, topics: ['a', 'b'] }))
    const dealt = shares(members, [{ topic: 'a', partitions: [0] }, { topic: 'b', partitions: [0] }]) // prettier-ignore
    assert.deepEqual([...dealt.values()], [{ a: [0] }, { b: [0] }])
  })

  it('is handed on with partitions sorted as numbers', () => {
    const partitions = sortedPartitions({ b: [10, 9, 1, 100], a: [2, 11] })
    assert.deepEqual(partitions.map(({ topic, partition }) => `${topic}${partition}`), ['a2', 'a11', 'b1', 'b9', 'b10', 'b100']) // prettier-ignore
  })
})
