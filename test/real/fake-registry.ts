import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A schema registry in this process: it knows GUIDs, which the real one that can be had does not, and every way to fail.
 */
export interface FakeRegistry {
  url: string
  /** Paths asked for, in order. */
  requests: string[]
  headers: IncomingMessage['headers'][]
  /** Answers by path (`/schemas/ids/7`); everything else is a 404 with Confluent's code. */
  answers: Map<string, unknown>
  /** Overrules all answers while it is set. */
  behave: ((request: IncomingMessage, response: ServerResponse) => void) | null
  close(): Promise<void>
}

export async function fakeRegistry(port = 0): Promise<FakeRegistry> {
  const fake: Omit<FakeRegistry, 'url' | 'close'> = { requests: [], headers: [], answers: new Map(), behave: null }
  const server = createServer((request, response) => {
    fake.requests.push(request.url!)
    fake.headers.push(request.headers)
    if (fake.behave !== null) return fake.behave(request, response)
    const answer = fake.answers.get(request.url!)
    if (answer === undefined) sendJson(response, 404, { error_code: 40403, message: 'Schema not found' })
    else sendJson(response, 200, answer)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(fake, {
    url,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

export function sendJson(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
  response.end(JSON.stringify(json))
}
