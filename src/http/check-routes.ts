import { Type } from 'typebox'
import { REJECTING_REASONS } from '../contract/violation.ts'
import { AskedList } from './answer.ts'
import type { ServiceFacts } from './facts.ts'
import { isoTime, knownStream } from './parameters.ts'
import { PAGES, answers } from './route-schema.ts'
import { Checks, Quarantine, WatchList } from './schemas.ts'
import type { Server } from './server.ts'
import { CHECK_COLUMNS, NEARNESS_BAR, QUARANTINE_COLUMNS, WATCH_COLUMNS } from './tables.ts'

export function addCheckRoutes(server: Server, facts: ServiceFacts): void {
  server.get(
    '/api/v1/checks',
    {
      schema: answers(
        'verdicts',
        'listChecks',
        'Every check as of the last slice',
        Checks,
        { querystring: { ...CHECKS, ...PAGES } },
        'unknown-stream',
      ),
    },
    (request, reply) => {
      const asked = new AskedList(facts, request, reply, Object.keys(CHECKS))
      const stream = asked.parameters.optionalText('stream')
      const verdict = asked.parameters.oneOf('verdict', [...VERDICTS, 'all'], 'all')
      asked.parameters.done()
      if (stream !== null) knownStream(facts, stream)
      if (asked.isKnown()) return reply
      const items = facts
        .checks()
        .filter((check) => (stream ?? check.stream) === check.stream && (verdict === 'all' || check.verdict === verdict)) // prettier-ignore
      return asked.sendList({
        title: 'Checks',
        items,
        idOf: ({ id }) => id,
        body: (checks) => ({ checks }),
        columns: CHECK_COLUMNS,
      })
    },
  )

  server.get(
    '/api/v1/watch-list',
    {
      schema: answers(
        'verdicts',
        'getWatchList',
        'Checks that deserve a look: nearest to their alarm first',
        WatchList,
        { querystring: { ...STREAM, ...PAGES } },
        'unknown-stream',
      ),
    },
    (request, reply) => {
      const asked = new AskedList(facts, request, reply, Object.keys(STREAM))
      const stream = asked.parameters.optionalText('stream')
      asked.parameters.done()
      if (stream !== null) knownStream(facts, stream)
      if (asked.isKnown()) return reply
      return asked.sendList({
        title: 'Watch list',
        items: facts.watchList().filter((entry) => (stream ?? entry.stream) === entry.stream),
        idOf: ({ id }) => id,
        body: (watchList) => ({ watchList }),
        columns: asked.format === 'markdown' ? [...WATCH_COLUMNS, NEARNESS_BAR] : WATCH_COLUMNS,
      })
    },
  )

  server.get(
    '/api/v1/quarantine',
    {
      schema: answers(
        'streams',
        'listQuarantine',
        'Records that were rejected lately, by where they stand; never their payload',
        Quarantine,
        { querystring: { ...QUARANTINE, ...PAGES } },
        'unknown-stream',
      ),
    },
    (request, reply) => {
      const asked = new AskedList(facts, request, reply, Object.keys(QUARANTINE))
      const stream = asked.parameters.optionalText('stream')
      const reason = asked.parameters.oneOf('reason', [...REJECTING_REASONS, 'all'], 'all')
      asked.parameters.done()
      if (stream !== null) knownStream(facts, stream)
      if (asked.isKnown()) return reply
      const { examples, examplesMax } = facts.quarantine()
      return asked.sendList({
        title: 'Rejected records',
        items: examples.filter(
          (each) => (stream ?? each.stream) === each.stream && (reason === 'all' || each.reason === reason),
        ),
        idOf: ({ topic, partition, offset }) => `${topic}/${partition}/${offset}`,
        body: (page) => ({
          examples: page.map((each) => ({ ...each, quarantinedAt: isoTime(each.quarantinedAtMs) })),
          examplesMax,
        }),
        columns: QUARANTINE_COLUMNS,
      })
    },
  )
}

const VERDICTS = ['PASS', 'FAIL', 'INSUFFICIENT', 'ERROR'] as const
const STREAM = { stream: Type.Optional(Type.String({ examples: ['impressions'] })) }
const CHECKS = {
  ...STREAM,
  verdict: Type.Optional(Type.Enum([...VERDICTS, 'all'], { default: 'all', examples: ['FAIL'] })),
}
const QUARANTINE = {
  ...STREAM,
  reason: Type.Optional(Type.Enum([...REJECTING_REASONS, 'all'], { default: 'all', examples: ['undecodable'] })),
}
