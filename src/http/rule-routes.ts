import { Type } from 'typebox'
import { checkIdOf } from '../alert/alert-mark.ts'
import { AskedList } from './answer.ts'
import type { ServiceFacts, ShownAlert, ShownCheck, StreamFacts } from './facts.ts'
import { isoTime } from './parameters.ts'
import { alertName, labelsOf, prometheusAlert } from './prometheus-alert.ts'
import { PAGES, answers } from './route-schema.ts'
import { Rules } from './schemas.ts'
import type { Server } from './server.ts'
import type { Column } from './table.ts'

/**
 * Every check as a rule, every stream as a group of rules, as Prometheus and vmalert answer: what lists alerts of theirs can list
 * ours. They are not evaluated as queries: `query` shows the evidence of the check on /metrics.
 */
export function addRuleRoutes(server: Server, facts: ServiceFacts): void {
  server.get(
    '/api/v1/rules',
    {
      schema: answers('verdicts', 'listRules', 'Checks as rules, as Prometheus shapes them', Rules, {
        querystring: { ...RULES, ...PAGES },
      }),
    },
    (request, reply) => {
      const asked = new AskedList(facts, request, reply, Object.keys(RULES))
      const { parameters } = asked
      const type = parameters.oneOf('type', ['alert', 'record', 'all'], 'all')
      const state = parameters.oneOf('state', ['firing', 'inactive', 'all'], 'all')
      const leavesAlertsOut = parameters.flag('exclude_alerts')
      const names = parameters.texts('rule_name[]')
      const groups = parameters.texts('rule_group[]')
      const files = parameters.texts('file[]')
      if (asked.isKnown()) return reply
      const isAsked = ({ check, group, alerts }: Rule): boolean =>
        type !== 'record' &&
        (state === 'all' || state === (isFiring(alerts) ? 'firing' : 'inactive')) &&
        (names.length === 0 || names.includes(alertName(check.check))) &&
        (groups.length === 0 || groups.includes(group.name)) &&
        (files.length === 0 || files.includes(FILE))
      return asked.sendList({
        title: 'Rules',
        items: rulesOf(facts).filter(isAsked),
        idOf: ({ check }) => check.id,
        body: (page) => ({ status: 'success', data: { groups: groupsOf(page, leavesAlertsOut) } }),
        columns: RULE_COLUMNS,
      })
    },
  )
}

interface Rule {
  check: ShownCheck
  group: StreamFacts
  /** One for each time that it fired. */
  alerts: readonly ShownAlert[]
}

const RULES = {
  type: Type.Optional(Type.Enum(['alert', 'record', 'all'], { default: 'all', examples: ['alert'] })),
  state: Type.Optional(Type.Enum(['firing', 'inactive', 'all'], { default: 'all', examples: ['all'] })),
  exclude_alerts: Type.Optional(Type.Boolean({ description: 'Leave the alerts of each rule out', examples: [false] })),
  'rule_name[]': Type.Optional(Type.String({ description: 'May be repeated', examples: ['EvenkeelMissing'] })),
  'rule_group[]': Type.Optional(Type.String({ description: 'A stream; may be repeated', examples: ['impressions'] })),
  'file[]': Type.Optional(Type.String({ description: 'May be repeated', examples: ['evenkeel'] })),
}

/** Rules of Prometheus stand in files; these are the configuration's. */
const FILE = 'evenkeel'
/** What Prometheus says of a rule that has never been evaluated. */
const NEVER = '0001-01-01T00:00:00Z'

const RULE_COLUMNS: readonly Column<Rule>[] = [
  ['id', ({ check }) => check.id],
  ['name', ({ check }) => alertName(check.check)],
  ['group', ({ group }) => group.name],
  ['state', ({ alerts }) => (isFiring(alerts) ? 'firing' : 'inactive')],
  ['health', (rule) => healthOf(rule)],
  ['verdict', ({ check }) => check.verdict],
  ['times_fired', ({ alerts }) => alerts.length],
  ['last_fired', ({ alerts }) => lastFired(alerts)],
  ['evaluations', ({ group }) => group.slices],
  ['last_evaluation', ({ group }) => (group.toMs === null ? null : isoTime(group.toMs))],
  ['reason', ({ check }) => check.reason],
]

function rulesOf(facts: ServiceFacts): Rule[] {
  const alerts = Map.groupBy(facts.alerts(), checkIdOf)
  const streams = new Map(facts.streamNames().map((name) => [name, facts.stream(name)!]))
  return facts.checks().map((check) => ({
    check,
    group: streams.get(check.stream)!,
    alerts: alerts.get(check.id) ?? [],
  }))
}

function groupsOf(rules: readonly Rule[], leavesAlertsOut: boolean) {
  return [...Map.groupBy(rules, ({ group }) => group)].map(([group, members]) => ({
    name: group.name,
    file: FILE,
    interval: sliceSeconds(group),
    lastEvaluation: group.toMs === null ? NEVER : isoTime(group.toMs),
    rules: members.map((rule) => ruleBody(rule, leavesAlertsOut)),
  }))
}

function ruleBody(rule: Rule, leavesAlertsOut: boolean) {
  const { check, group, alerts } = rule
  const firing = alerts.filter(({ state }) => state === 'firing')
  const { id, field, verdict, reason, evidence, muted } = check
  return {
    type: 'alerting',
    id,
    name: alertName(check.check),
    query: queryOf(check),
    duration: 0,
    keepFiringFor: 0,
    labels: labelsOf(check),
    annotations: { summary: `${check.check}${field === null ? '' : ` ${field}`} of ${check.stream}`, description: reason }, // prettier-ignore
    state: firing.length > 0 ? 'firing' : 'inactive',
    health: healthOf(rule),
    ...(verdict === 'ERROR' ? { lastError: reason } : {}),
    lastEvaluation: group.toMs === null ? NEVER : isoTime(group.toMs),
    evaluations: group.slices,
    timesFired: alerts.length,
    lastFired: lastFired(alerts),
    verdict,
    evidence,
    muted,
    ...(leavesAlertsOut ? {} : { alerts: firing.map(prometheusAlert) }),
  }
}

function healthOf({ check, group }: Rule): 'ok' | 'err' | 'unknown' {
  if (group.slices === 0) return 'unknown'
  return check.verdict === 'ERROR' ? 'err' : 'ok'
}

function isFiring(alerts: readonly ShownAlert[]): boolean {
  return alerts.some(({ state }) => state === 'firing')
}

function lastFired(alerts: readonly ShownAlert[]): string | null {
  return alerts.length === 0 ? null : isoTime(Math.max(...alerts.map(({ firedAtMs }) => firedAtMs)))
}

/** Mean length of a slice so far: every slice has the same. */
function sliceSeconds({ fromMs, toMs, slices }: StreamFacts): number {
  return fromMs === null || toMs === null ? 0 : (toMs - fromMs) / slices / 1000
}

/** Evidence is shown on /metrics for the fields most in doubt; a check without a field has it there as well. */
function queryOf({ stream, check, field }: ShownCheck): string {
  const labels = { stream, check, ...(field === null ? {} : { field }) }
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `evenkeel_evidence_nats{${matchers.join(',')}}`
}
