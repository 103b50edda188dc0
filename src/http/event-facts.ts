/** The alerts topic as a list with an end that moves: what `/api/v1/events` sends. Of the past only so much is kept. */
export interface AlertEvents {
  /** Position behind the last event: who wants none of the past starts here. Null while the past is still being read. */
  readonly end: number | null
  /**
   * Position behind the event of this id. Where it is gone, of the first that is kept, and `isGap`: events are missing between.
   * Null while the past is still being read: the event may yet come.
   */
  positionAfter(id: string): { position: number; isGap: boolean } | null
  /** The event at a position; null at the end. A position that is no longer kept gives the first that is, with `isGap`. */
  at(position: number): { event: AlertEvent; next: number; isGap: boolean } | null
}

export interface AlertEvent {
  /** Where it stands on the alerts topic: `<partition>.<offset>`, the same at every instance. */
  id: string
  type: 'firing' | 'updated' | 'resolved'
  stream: string
  /** The CloudEvent, on one line, as it stands on the topic. */
  text: string
}
