import { LAST_MS, PANE_MS, produce } from '../simulation/cluster/events.ts'
import type { ProducedEvent } from '../simulation/cluster/events.ts'

export { LAST_MS, PANE_MS, START_MS } from '../simulation/cluster/events.ts'
export type { ProducedEvent, Truth } from '../simulation/cluster/events.ts'

/** Beyond every pane that is compared, and not so far that it waits for others to follow. */
const CLOSING_MS = 4 * PANE_MS
const CLOSING_EVENTS = 40

/**
 * Twenty slices of the simulation's traffic, and behind them so many events of a later time that no median can doubt it: every
 * pane before `LAST_MS` closes.
 */
export function tortureEvents(variant: number, partitions: number): ProducedEvent[] {
  return [...produce(variant, { partitions }), ...closing(partitions)]
}

function closing(partitions: number): ProducedEvent[] {
  const paneMs = LAST_MS + CLOSING_MS
  return Array.from({ length: partitions * CLOSING_EVENTS }, (_, number) => {
    const unit = partitions * (number + 1) + (number % partitions)
    const body = {
      ...{ ts: paneMs + number, id: `closing-${number}`, user: `u${unit}`, model: unit % 2 === 0 ? 'a' : 'b' },
      ...{ price: 5, age: 30, country: 'de', clicked: false },
    }
    return {
      partition: number % partitions,
      producedMs: paneMs + number,
      value: Buffer.from(JSON.stringify(body)),
      truth: { kind: 'accepted', paneMs, cohort: unit % 2 === 0 ? 'control' : 'candidate', isAgeMissing: false, isClicked: false }, // prettier-ignore
    }
  })
}
