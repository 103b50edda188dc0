/** The topics that Evenkeel writes, by the part of the name behind the prefix. */
export const OWN_TOPICS = ['panes', 'slices', 'alerts', 'ledger', 'quarantine'] as const
export type OwnTopic = (typeof OWN_TOPICS)[number]

export function ownTopicName(prefix: string, topic: OwnTopic): string {
  return `${prefix}.${topic}`
}
