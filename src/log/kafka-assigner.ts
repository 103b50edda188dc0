import type { PartitionAssigner } from 'kafkajs'
import { AssignerProtocol, type FetchOwner } from './kafka-patches.ts'

const NAME = 'EvenkeelRoundRobin'

/**
 * Deals each topic's partitions, in numerical order, round robin to the members that read this topic.
 *
 * KafkaJS's own gives every topic of the leader to every member; one that does not subscribe to it (an instance still
 * on an older configuration) drops it in silence and nobody reads it. The assigner also carries our reader into
 * KafkaJS's consumer group, where the patches find it.
 */
export function assignerFor(owner: FetchOwner): PartitionAssigner {
  const assigner: PartitionAssigner = ({ cluster }) => {
    const metadata = cluster as typeof cluster & { addMultipleTargetTopics(topics: string[]): Promise<void> }
    return {
      name: NAME,
      version: 0,
      owner, // unknown to KafkaJS's types
      protocol: ({ topics }) => ({ name: NAME, metadata: encodeMember(topics) }),
      async assign({ members }) {
        const readers = members.map(({ memberId, memberMetadata }) => {
          const { topics } = AssignerProtocol.MemberMetadata.decode(memberMetadata) ?? { topics: [] }
          return { memberId, topics }
        })
        readers.sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
        const topics = [...new Set(readers.flatMap((reader) => reader.topics))].sort()
        await metadata.addMultipleTargetTopics(topics)
        const counts = topics.map((topic) => {
          return { topic, partitions: cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId) }
        })
        return [...shares(readers, counts)].map(([memberId, assignment]) => {
          const userData = Buffer.alloc(0)
          return {
            memberId,
            memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 0, assignment, userData }),
          }
        })
      },
    } as ReturnType<PartitionAssigner>
  }
  return assigner
}

/** Who reads what. Pure, so that it can be tested without a broker. */
export function shares(
  readers: readonly { memberId: string; topics: readonly string[] }[],
  topics: readonly { topic: string; partitions: readonly number[] }[],
): Map<string, Record<string, number[]>> {
  const result = new Map<string, Record<string, number[]>>(readers.map(({ memberId }) => [memberId, {}]))
  let turn = 0 // goes on from topic to topic, or the first member would get every topic's only partition
  for (const { topic, partitions } of topics) {
    const candidates = readers.filter((reader) => reader.topics.includes(topic))
    if (candidates.length === 0) continue
    for (const partition of partitions.toSorted((a, b) => a - b)) {
      const share = result.get(candidates[turn++ % candidates.length]!.memberId)!
      const list = (share[topic] ??= [])
      list.push(partition)
    }
  }
  return result
}

function encodeMember(topics: string[]): Buffer {
  return AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) })
}
