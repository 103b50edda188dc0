/**
 * Everything the API can answer instead of what was asked (RFC 9457). The list is closed and the types are stable: a client
 * may switch on them. Each type is the path of a page that this same server shows.
 */
export const PROBLEMS = {
  'not-found': { status: 404, title: 'There is nothing here', page: 'No resource has this path. /openapi.json lists all that exist.' },
  'unknown-stream': { status: 404, title: 'Unknown stream', page: 'The configuration names no such stream. `known` lists those it names, `nearest` the one most like what was asked.' },
  'unknown-field': { status: 404, title: 'Unknown field', page: 'The stream has neither a field nor an engagement metric of this name. `known` lists those it has, `nearest` the one most like what was asked.' },
  'nothing-in-range': { status: 404, title: 'No slice in this range', page: 'No closed slice lies wholly inside the range. `kept` says from when to when slices are kept; a slice takes a pane length and the lateness to close.' },
  'not-in-baseline': { status: 404, title: 'The baseline does not say', page: 'The configuration names no baseline, or the baseline has no figures of this field or metric: it keeps shares and rates, of fields with enough values.' },
  'invalid-parameter': { status: 400, title: 'Invalid parameter', page: 'A parameter is missing, unknown or has no such value. `parameters` names each mistake and what would be valid.' },
  'bad-request': { status: 400, title: 'Not a request this server understands', page: 'The request is no valid HTTP, or its path cannot be decoded.' },
  'not-acceptable': { status: 406, title: 'Not in a form you accept', page: 'Resources come as JSON, CSV and Markdown: `valid` lists their media types, `formats` what ?format= takes. An Accept header that allows none of them cannot be met.' },
  'method-not-allowed': { status: 405, title: 'Only GET and HEAD', page: 'Evenkeel watches; nothing can be changed over HTTP.' },
  'misdirected': { status: 421, title: 'This server does not answer for that host', page: 'The server listens on a loopback address only and answers only to names of it, so that no web page can reach it through a name of its own (DNS rebinding). Behind a proxy, let it send Host: localhost; or start with --insecure-no-auth.' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive', page: 'Headers have 4 seconds to arrive, the whole request 5.' },
  'too-large': { status: 413, title: 'The request is too large', page: 'No resource takes a body.' },
  'headers-too-large': { status: 431, title: 'The headers are too large', page: 'All headers together may have 8 KiB.' },
  'not-ready': { status: 503, title: 'Not ready', page: 'At least one condition is not met: `conditions` names all of them, and what is the matter. The service goes on trying.' },
  'too-many-listeners': { status: 503, title: 'Too many listeners', page: 'So many clients keep /api/v1/events open already. Try again later, or ask /api/v1/alerts from time to time: with If-None-Match that costs next to nothing.' },
  'too-slow': { status: 503, title: 'The answer took too long', page: 'The answer was given up after 10 seconds. Ask for a shorter range.' },
  'internal': { status: 500, title: 'Something that should not happen did', page: 'The error stands in the log of the service.' },
} as const satisfies Record<string, { status: number; title: string; page: string }> // prettier-ignore

export type ProblemName = keyof typeof PROBLEMS

export class Problem extends Error {
  readonly problem: ProblemName
  readonly facts: Readonly<Record<string, unknown>>

  /** @param facts members of the answer beside the standard ones: what would be valid. */
  constructor(problem: ProblemName, detail: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(detail)
    this.name = 'Problem'
    this.problem = problem
    this.facts = facts
  }
}

export const PROBLEM_TYPE = 'application/problem+json'

export interface ProblemBody {
  type: string
  title: string
  status: number
  detail: string
  instance?: string
  [member: string]: unknown
}

export function problemBody(
  name: ProblemName,
  detail: string,
  facts: Readonly<Record<string, unknown>> = {},
): ProblemBody {
  const { status, title } = PROBLEMS[name]
  return { type: problemPath(name), title, status, detail, ...facts }
}

export function problemPath(name: ProblemName): string {
  return `/problems/${name}`
}
