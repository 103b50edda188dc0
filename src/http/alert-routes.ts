import { Type } from 'typebox'
import { groupAlerts } from '../alert/group-alerts.ts'
import type { GroupedAlerts } from '../alert/group-alerts.ts'
import { listed } from '../verdict/figures.ts'
import { titleOf } from '../verdict/subject.ts'
import { AskedList } from './answer.ts'
import type { ServiceFacts } from './facts.ts'
import { isoTime, knownStream } from './parameters.ts'
import { prometheusAlert } from './prometheus-alert.ts'
import { PAGES, answers } from './route-schema.ts'
import { Alerts } from './schemas.ts'
import type { Server } from './server.ts'
import { ALERT_COLUMNS } from './tables.ts'

export function addAlertRoutes(server: Server, facts: ServiceFacts): void {
  server.get(
    '/api/v1/alerts',
    {
      schema: answers(
        'verdicts',
        'listAlerts',
        'Alerts, as Prometheus shapes them',
        Alerts,
        { querystring: { ...ALERTS, ...PAGES } },
        'unknown-stream',
      ),
    },
    (request, reply) => {
      const asked = new AskedList(facts, request, reply, Object.keys(ALERTS))
      const state = asked.parameters.oneOf('state', ['firing', 'resolved', 'all'], 'firing')
      const stream = asked.parameters.optionalText('stream')
      asked.parameters.done()
      if (stream !== null) knownStream(facts, stream)
      if (asked.isKnown()) return reply
      const items = facts
        .alerts()
        .filter((alert) => (state === 'all' || alert.state === state) && (stream ?? alert.stream) === alert.stream)
      return asked.sendList({
        title: state === 'all' ? 'Alerts' : `Alerts, ${state}`,
        items,
        idOf: ({ id }) => id,
        body: (page) => ({
          status: 'success',
          data: { alerts: page.map(prometheusAlert), groups: groupAlerts(page).map(alertGroup) },
        }),
        columns: ALERT_COLUMNS,
      })
    },
  )
}

const ALERTS = {
  state: Type.Optional(Type.Enum(['firing', 'resolved', 'all'], { default: 'firing', examples: ['all'] })),
  stream: Type.Optional(Type.String({ examples: ['impressions'] })),
}

/** One notice, however many alerts: what a person should be told once. */
function alertGroup({ group, firedAtMs, severity, state, alerts }: GroupedAlerts) {
  const names = alerts.map((alert) => `${titleOf(alert)} of ${alert.stream}`)
  const summary = `${alerts.length === 1 ? '' : `${alerts.length} alerts: `}${listed(names, 5)}`
  return { group, activeAt: isoTime(firedAtMs), severity, state, summary, alerts: alerts.map(({ id }) => id) }
}
