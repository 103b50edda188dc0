import type { CheckName, VerdictKind } from '../verdict/check.ts'
import type { ShownCheck } from '../http/facts.ts'
import { address } from './address.ts'
import type { Content } from './html.ts'
import { name, time } from './show.ts'

/** Checks as a person thinks of them: one question each, answered by the worst of its checks. */
export interface CheckGroup {
  name: GroupName
  title: string
  question: string
  checks: readonly CheckName[]
}

export type GroupName = 'distribution' | 'missing' | 'engagement' | 'population' | 'delivery' | 'schema'

export const CHECK_GROUPS: readonly CheckGroup[] = [
  { name: 'distribution', title: 'Distributions', question: 'Are the values the same?', checks: ['numeric', 'categorical', 'boolean'] },
  { name: 'missing', title: 'Missing', question: 'Are the values there, and inside their limits?', checks: ['missing', 'range'] },
  { name: 'engagement', title: 'Engagement', question: 'Do people behave the same?', checks: ['engagement'] },
  { name: 'population', title: 'Sample ratio', question: 'Are the right people in each cohort?', checks: ['sample-ratio', 'cross-cohort', 'representation'] },
  { name: 'delivery', title: 'Delivery', question: 'Do the events come, once, and in time?', checks: ['volume', 'duplicates', 'lateness'] },
  { name: 'schema', title: 'Schema', question: 'Do the events keep their contract?', checks: ['schema'] },
] // prettier-ignore

export function groupOf(check: CheckName): CheckGroup {
  return CHECK_GROUPS.find(({ checks }) => checks.includes(check))!
}

/** The page that answers the question of a group. */
export function pageOfGroup(stream: string, group: GroupName): string {
  switch (group) {
    case 'distribution':
      return `${address.stream(stream)}#fields`
    case 'engagement':
      return address.engagement(stream)
    case 'population':
      return address.sampleRatio(stream)
    case 'schema':
      return address.violations(stream)
    case 'missing':
    case 'delivery':
      return address.quality(stream)
  }
}

/**
 * Where somebody looks who is told of a check: at its field, or at the page of its question. What breaks the contract may be a
 * field that nobody watches, such as the time.
 */
export function lookAt({ stream, check, field }: Pick<ShownCheck, 'stream' | 'check' | 'field'>): {
  href: string
  what: Content
} {
  if (field !== null && check !== 'schema') return { href: address.field(stream, field), what: name(field) }
  const { name: group, title } = groupOf(check)
  return { href: pageOfGroup(stream, group), what: title.toLowerCase() }
}

/** Worst first. */
const ORDER: readonly VerdictKind[] = ['ERROR', 'FAIL', 'INSUFFICIENT', 'PASS']

export function worstOf(checks: readonly ShownCheck[]): VerdictKind | null {
  return ORDER.find((verdict) => checks.some((check) => check.verdict === verdict)) ?? null
}

export function tally(checks: readonly ShownCheck[]): { verdict: VerdictKind; count: number }[] {
  return ORDER.map((verdict) => ({ verdict, count: checks.filter((check) => check.verdict === verdict).length })).filter(({ count }) => count > 0) // prettier-ignore
}

/** Worst first, and of alike verdicts the one nearest to its alarm. */
export function byUrgency(one: ShownCheck, other: ShownCheck): number {
  return ORDER.indexOf(one.verdict) - ORDER.indexOf(other.verdict) || nearnessOf(other) - nearnessOf(one)
}

/** Evidence against what an alarm needs: 1 is there. */
export function nearnessOf({ evidence }: Pick<ShownCheck, 'evidence'>): number {
  return evidence === null || !(evidence.thresholdNats > 0) ? 0 : Math.max(0, evidence.nats / evidence.thresholdNats)
}

/** `212 of 500` where the reason says how much there is and how much is needed. */
export function progressOf({ reason }: Pick<ShownCheck, 'reason'>): string | null {
  const found = /(\d[\d,.]*) of (?:at least )?(\d[\d,]*) /.exec(reason)
  return found === null ? null : `${found[1]} of ${found[2]}`
}

/** A reason as a page says it: its times as times. */
export function sentence(reason: string): Content {
  const pieces = reason.split(/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/)
  return pieces.map((piece, at) => (at % 2 === 0 ? piece : time(Date.parse(piece))))
}

/** The same without the name of its check, where that stands beside it. */
export function sentenceBody(reason: string): Content {
  const colon = reason.indexOf(': ')
  return sentence(colon > 0 && colon < 200 ? reason.slice(colon + 2) : reason)
}
