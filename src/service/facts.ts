import { alertMark, checkIdOf } from '../alert/alert-mark.ts'
import type { AlertMark } from '../alert/alert-mark.ts'
import type { Baseline } from '../baseline/baseline.ts'
import type { Config } from '../config/shape.ts'
import { COMPARED_COHORTS } from '../http/facts.ts'
import type { MutedBy, ServiceFacts } from '../http/facts.ts'
import { digestOf } from '../ledger/digest.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import { overallVerdict } from '../verdict/overall.ts'
import { watchList } from '../verdict/watch-list.ts'
import { version } from '../version.ts'
import { compareCohorts } from '../view/compare.ts'
import type { CompareScope } from '../view/compare.ts'
import { fieldHistory } from '../view/history.ts'
import type { SliceView } from '../view/slice-view.ts'
import type { Conditions } from './conditions.ts'
import type { GroupState } from './follower.ts'
import type { Parts } from './pipes.ts'

/** What the HTTP room may ask: answered from the fold over the logs, and from the view for ranges of time. */
export function createFacts({ config, groups, conditions, telemetry, parts, baseline }: FactsOptions): ServiceFacts {
  const scopeOf = (stream: string, view: SliceView): CompareScope => ({
    ...parts.streams!.find((booked) => booked.stream.name === stream)!,
    view,
    hours: parts.hours ?? null,
    paneLengthMs: groups.find(({ streams }) => streams.includes(stream))!.config.panes.lengthMs,
    baseline,
  })
  /** Of one version and one configuration, what was read says what is answered. */
  const configured = digestOf([version, JSON.stringify([config.streams, config.policy, config.panes])])
  const names = config.streams.map(({ name }) => name)
  /** The judged gauges are made when somebody looks, and only when a slice has come since: a look costs, a slice should not. */
  let shown = -1
  const showJudged = (): void => {
    // Folded, not assembled: our assembler may be many slices ahead of what the judge has read back.
    const slices = groups.reduce((sum, { folded }) => sum + folded, 0)
    if (slices === shown) return
    shown = slices
    const drift = groups.flatMap((group) => [...group.drift.values()].flatMap((each) => each.rows()))
    telemetry.judged({ checks: checks(), alerts: alerts(), drift, watchList: watched() })
  }
  const mutedBy = (stream: string, check: string): MutedBy | null =>
    parts.attention?.mutedBy(check, totalsOf(stream)?.endMs ?? 0) ?? null
  const checks = () =>
    groups.flatMap(({ judge }) => judge.checks().map((check) => ({ ...check, muted: mutedBy(check.stream, check.id) })))
  const alerts = () =>
    groups.flatMap(({ judge }) =>
      judge.alerts().map((alert) => ({
        ...alert,
        acknowledged: parts.attention?.acknowledgedBy(alert.id) ?? null,
        muted: mutedBy(alert.stream, checkIdOf(alert)),
      })),
    )
  const marks = (): AlertMark[] =>
    groups.flatMap(({ due }) => due.map(alertMark)).sort((one, other) => one.atMs - other.atMs)
  const watched = () => watchList(groups.flatMap(({ judge }) => judge.watched()))
  const totalsOf = (name: string) => groups.find((group) => group.totals.has(name))?.totals.get(name)
  return {
    streamNames: () => names,
    stream: (name) => totalsOf(name)?.facts() ?? null,
    checks,
    overall: (wanted) => {
      const counted = checks().filter(({ stream }) => wanted.includes(stream))
      return overallVerdict(counted, config.policy, wanted, null)
    },
    alerts,
    alertMarks: marks,
    alertEvents: {
      get end() {
        return parts.ring?.end ?? null
      },
      positionAfter: (id) => parts.ring?.positionAfter(id) ?? null,
      at: (position) => parts.ring?.at(position) ?? null,
    },
    trails: (name) =>
      groups
        .find((group) => group.trails.has(name))
        ?.trails.get(name)
        ?.facts() ?? null,
    history: async (query, signal) => {
      if (parts.view === null) return { kind: 'nothing-in-range', keptFromMs: null, keptToMs: null }
      const { effectMin } = config.policy
      return fieldHistory({ ...scopeOf(query.stream, parts.view), marks: marks(), effectMin }, query, signal)
    },
    quarantine: () => parts.quarantine?.facts() ?? { examples: [], examplesMax: 0 },
    watchList: watched,
    compare: async (query, signal) => {
      if (parts.view === null) return { kind: 'nothing-in-range', keptFromMs: null, keptToMs: null }
      return compareCohorts(scopeOf(query.stream, parts.view), query, signal)
    },
    comparable: () => COMPARED_COHORTS.filter((side) => side !== 'baseline' || baseline !== null),
    epoch: () => {
      const said = parts.attention?.count ?? 0
      const view = groups.map(({ name }) => parts.view?.bounds(name) ?? null)
      return digestOf([configured, groups.map(({ folded }) => folded), view, parts.quarantine?.places ?? [], said])
    },
    conditions: () => conditions.all(),
    hasStarted: () => conditions.hasBeenReady,
    metrics: async (accept) => {
      showJudged()
      telemetry.lag(parts.observe?.lag() ?? new Map())
      if (parts.view !== null) telemetry.viewSized(parts.view.sizeBytes)
      return telemetry.expose(accept)
    },
  }
}

interface FactsOptions {
  config: Config
  /** As the configuration names it. */
  baseline: Baseline | null
  groups: readonly GroupState[]
  conditions: Conditions
  telemetry: Telemetry
  parts: Parts
}
