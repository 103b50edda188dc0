import type { AlertmanagerConfig } from '../config/shape.ts'
import type { PushedAlert } from './alertmanager-alerts.ts'

/** `refused`: it answered, and does not want this. */
export type PushResult = { kind: 'ok' } | { kind: 'failed' | 'refused'; message: string }

/** One POST to one Alertmanager: no redirect is followed, and however long it takes, it ends. Never rejects. */
export async function pushTo(
  url: string,
  { credentials }: Pick<AlertmanagerConfig, 'credentials'>,
  alerts: readonly PushedAlert[],
  signal: AbortSignal,
): Promise<PushResult> {
  try {
    const response = await fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization(credentials) },
      body: JSON.stringify(alerts),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    const text = await beginningOf(response)
    if (response.ok) return { kind: 'ok' }
    const isRefused = response.status >= 300 && response.status < 500 && response.status !== 429
    return { kind: isRefused ? 'refused' : 'failed', message: `it answered ${response.status} ${text}`.trim() }
  } catch (error) {
    return { kind: 'failed', message: reasonOf(error) }
  }
}

const TIMEOUT_MS = 10_000
const ANSWER_CHARACTERS_MAX = 500

function authorization(credentials: AlertmanagerConfig['credentials']): Record<string, string> {
  if (credentials === null) return {}
  if ('token' in credentials) return { authorization: `Bearer ${credentials.token}` }
  const pair = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')
  return { authorization: `Basic ${pair}` }
}

/** Its own words, for the log; the rest of a long answer is not waited for. */
async function beginningOf(response: Response): Promise<string> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length >= ANSWER_CHARACTERS_MAX) break
  }
  return text.slice(0, ANSWER_CHARACTERS_MAX)
}

/** `fetch failed` says nothing; what lies below it says what happened. */
function reasonOf(error: unknown): string {
  const { cause } = error as Error
  if (cause instanceof AggregateError) return cause.errors.map((each) => (each as Error).message).join('; ')
  return cause instanceof Error ? cause.message : (error as Error).message
}
