import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Socket } from 'node:net'
import { hostName, isLoopback } from './bind.ts'
import { PROBLEM_TYPE, Problem, problemBody } from './problem.ts'
import { asksForHtml, problemHtml } from './problem-html.ts'
import type { ProblemName } from './problem.ts'
import { PAGE_POLICY } from './page-policy.ts'
import type { Server } from './server.ts'
import { version } from '../version.ts'

/** What holds for every request before and after its route: who is let in, which headers go out, how a refusal looks. */
export function addDoorkeeper(server: Server, options: DoorkeeperOptions): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      reply.headers({ allow: 'GET, HEAD', connection: 'close' })
      throw new Problem('method-not-allowed', `${request.method} is not answered here`)
    }
    const host = hostName(request.headers.host)
    if (options.answersOnlyLoopback && (host === null || !isLoopback(host))) {
      throw new Problem('misdirected', 'the Host header names no loopback address')
    }
  })
  server.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, 'not-found', `there is nothing at ${pathOf(request)}`),
  )
  server.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    if (error instanceof Problem) return sendProblem(request, reply, error.problem, error.message, error.facts)
    const problem = problemOf(error)
    if (problem === 'internal') options.onError(error)
    return sendProblem(
      request,
      reply,
      problem,
      problem === 'internal' ? 'the error stands in the log of the service' : error.message,
    )
  })
}

export interface DoorkeeperOptions {
  /** Refuse a Host header that names no loopback address: a web page can point a name of its own at 127.0.0.1. */
  answersOnlyLoopback: boolean
  onError: (error: unknown) => void
}

/** For a path that cannot be decoded: no hook has run yet. The framework's own words would repeat the path, however long. */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error)
  const detail = error.code === 'FST_ERR_BAD_URL' ? 'the path is not UTF-8, percent-encoded' : error.message
  void sendProblem(request, reply.headers(SECURITY_HEADERS), problem, detail)
}

/** For what is no request at all, or came too slowly: Node gives us only the socket. */
export function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(problemBody(connectionProblem(error.code), connectionDetail(error.code)))
  const { status, title } = JSON.parse(body) as { status: number; title: string }
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  name: ProblemName,
  detail: string,
  facts: Readonly<Record<string, unknown>> = {},
): FastifyReply {
  const body = problemBody(name, detail, { instance: pathOf(request), ...facts })
  const isPage = asksForHtml(request)
  if (isPage) reply.header('content-security-policy', PAGE_POLICY)
  // As text: the serializer of the route belongs to its answer.
  return reply
    .code(body.status)
    .removeHeader('etag')
    .header('cache-control', 'no-store')
    .headers({ 'content-type': isPage ? 'text/html; charset=utf-8' : PROBLEM_TYPE, vary: 'Accept' })
    .serializer((text: string) => text)
    .send(isPage ? problemHtml(body, version) : JSON.stringify(body))
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!.slice(0, 300)
}

function problemOf(error: FastifyError): ProblemName {
  switch (error.code) {
    case 'FST_ERR_HANDLER_TIMEOUT':
      return 'too-slow'
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return 'too-large'
    case 'FST_ERR_BAD_URL':
      return 'bad-request'
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? 'bad-request'
        : 'internal'
  }
}

function connectionProblem(code: string | undefined): ProblemName {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout'
  return code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'bad-request'
}

function connectionDetail(code: string | undefined): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'the headers did not arrive within 4 seconds, or the request within 5'
  return code === 'HPE_HEADER_OVERFLOW' ? 'the headers are larger than 8 KiB' : 'this is no valid HTTP request'
}
