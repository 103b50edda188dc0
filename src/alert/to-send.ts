import type { AlertNotice } from './notice.ts'

/**
 * There is no outbox: what should have been told follows from the slices, what was told stands on the alerts topic, and this is
 * the difference, in the order it fell due.
 *
 * @param standingIds ids of the events on the topic, read to its end
 */
export function alertsToSend(due: readonly AlertNotice[], standingIds: ReadonlySet<string>): AlertNotice[] {
  return due.filter(({ id }) => !standingIds.has(id))
}
