import type { FastifyRequest } from 'fastify'
import { address } from '../page/address.ts'
import { documentOf } from '../page/layout.ts'
import { problemPage } from '../page/problem-page.ts'
import { PROBLEMS, problemPath } from './problem.ts'
import type { ProblemBody } from './problem.ts'

/** A problem as a page, for who asks with a browser: the same facts, with links to what would have worked. */
export function problemHtml(body: ProblemBody, version: string): string {
  const { status, title, detail } = body
  const page = problemPage({ status, title, detail, says: saysOf(body.type), instead: insteadOf(body) })
  return documentOf(page, { streamNames: [], alertsFiring: 0, version })
}

/** Only who names it: a program that accepts anything gets what programs read. */
export function asksForHtml({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return (headers.accept ?? '')
    .split(',', 20)
    .some((range) => range.split(';', 1)[0]!.trim().toLowerCase() === 'text/html')
}

/** What the problem means, without what it says of members of the JSON. */
function saysOf(type: string): string {
  const found = Object.entries(PROBLEMS).find(([name]) => problemPath(name as keyof typeof PROBLEMS) === type)
  const sentences = found?.[1].page.split(/(?<=\.) /) ?? []
  return sentences.filter((sentence) => !sentence.includes('`')).join(' ')
}

const LINKS_MAX = 100

/** The names that are known, as links; of a field those of its stream. */
function insteadOf({ type, known, nearest, instance, parameters }: ProblemBody): { label: string; href: string }[] {
  const names = (Array.isArray(known) ? known : []).filter((each) => typeof each === 'string')
  const first = names.filter((each) => each === nearest)
  const sorted = [...first, ...names.filter((each) => each !== nearest)].slice(0, LINKS_MAX)
  if (type === problemPath('unknown-stream')) return sorted.map((label) => ({ label, href: address.stream(label) }))
  if (type === problemPath('unknown-field')) {
    const stream = streamOf(instance ?? '')
    return stream === null ? [] : sorted.map((label) => ({ label, href: address.field(stream, label) }))
  }
  if (type === problemPath('invalid-parameter') && Array.isArray(parameters) && instance !== undefined)
    return validValues(parameters as readonly Mistaken[], instance)
  return []
}

interface Mistaken {
  name: string
  valid: readonly string[]
}

function validValues(parameters: readonly Mistaken[], instance: string): { label: string; href: string }[] {
  const plain = { label: 'the same page without parameters', href: instance }
  const values = parameters.flatMap(({ name, valid }) => (valid.includes(name) ? [] : valid.map((value) => ({ name, value })))) // prettier-ignore
  const links = values.map(({ name, value }) => ({ label: `${name}=${value}`, href: `${instance}?${encodeURIComponent(name)}=${encodeURIComponent(value)}` })) // prettier-ignore
  return [plain, ...links].slice(0, LINKS_MAX)
}

function streamOf(instance: string): string | null {
  const found = /^\/streams\/([^/]+)\/fields\//.exec(instance)
  try {
    return found === null ? null : decodeURIComponent(found[1]!)
  } catch {
    return null // cut in the middle of an encoded character
  }
}
