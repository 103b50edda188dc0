import assert from 'node:assert/strict'

export interface HeardEvent {
  id?: string
  event?: string
  data: string
}

export interface Ear {
  headers: Headers
  /** The next event; comments are passed over. Fails when none comes within a minute. */
  next(): Promise<HeardEvent>
  /** Waits for a comment that comes from now on. */
  comment(): Promise<void>
  /** How the answer ends. */
  ended(): Promise<'whole' | 'cut off'>
  stop(): Promise<void>
}

/** A client of Server-Sent Events, read as the HTML standard says (9.2.6), as far as our events need it. */
export async function listen(url: string, headers: Record<string, string> = {}): Promise<Ear> {
  const ear = await listenIfFree(url, headers)
  assert.ok(ear !== null, 'there is no room for another listener')
  return ear
}

/** Null when too many listen already. */
export async function listenIfFree(url: string, headers: Record<string, string> = {}): Promise<Ear | null> {
  const aborted = new AbortController()
  const answer = await fetch(url, { headers, signal: aborted.signal })
  if (answer.status === 503) {
    await answer.body?.cancel()
    return null
  }
  assert.equal(answer.status, 200)
  const blocks = blocksOf(answer.body!)
  const nextBlock = async (): Promise<string | null> => {
    const timer = setTimeout(() => aborted.abort(new Error('nothing was told for a minute')), 60_000)
    try {
      const { value, done } = await blocks.next()
      return done === true ? null : value
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    headers: answer.headers,
    next: async () => {
      for (;;) {
        const block = await nextBlock()
        assert.ok(block !== null, 'the answer ended')
        const event = eventOf(block)
        if (event !== null) return event
      }
    },
    comment: async () => {
      for (;;) {
        const block = await nextBlock()
        assert.ok(block !== null, 'the answer ended')
        if (block.startsWith(':')) return
      }
    },
    ended: async () => {
      try {
        while ((await nextBlock()) !== null);
        return 'whole'
      } catch {
        return 'cut off'
      }
    },
    stop: async () => {
      aborted.abort()
      await blocks.return(undefined).catch(() => undefined) // it was cut off in the middle: by us
    },
  }
}

async function* blocksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop()!
    yield* blocks
  }
  return undefined
}

/** Null for a block that has no data: the standard dispatches nothing for it. */
function eventOf(block: string): HeardEvent | null {
  const data: string[] = []
  const event: HeardEvent = { data: '' }
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^([^:]*):? ?(.*)$/.exec(line)!
    if (name === 'data') data.push(value)
    if (name === 'id') event.id = value
    if (name === 'event') event.event = value
  }
  return data.length === 0 ? null : { ...event, data: data.join('\n') }
}
