export interface HttpAnswer {
  status: number
  /** null when there is more of it than was allowed. */
  text: string | null
}

/**
 * One GET: no redirect is followed, however long it takes it ends, and no more than `sizeMax` bytes of an answer are held.
 * User and password in the URL become the header that `fetch` wants. Rejects when there is no answer.
 */
export async function boundedGet(
  url: URL,
  headers: Readonly<Record<string, string>>,
  limits: { timeoutMs: number; sizeMax: number },
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  const credentials = url.username === '' ? {} : { authorization: basic(url) }
  const response = await fetch(plain, {
    headers: { ...headers, ...credentials },
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(limits.timeoutMs)]),
  })
  return { status: response.status, text: await boundedText(response, limits.sizeMax) }
}

function basic(url: URL): string {
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

async function boundedText(response: Response, sizeMax: number): Promise<string | null> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop early cancels the rest.
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    size += chunk.length
    if (size > sizeMax) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
