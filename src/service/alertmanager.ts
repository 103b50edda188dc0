import { checkIdOf } from '../alert/alert-mark.ts'
import type { AlertmanagerConfig } from '../config/shape.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import { AlertmanagerSink } from './alertmanager-sink.ts'
import type { Clock } from './clock.ts'
import type { GroupState } from './follower.ts'
import type { Parts } from './pipes.ts'

/** The sink over what the service knows: alerts of the groups that this instance assembles. */
export function createAlertmanagerSink(config: AlertmanagerConfig, options: SinkParts): AlertmanagerSink {
  const { groups, parts, logger, telemetry, clock } = options
  return new AlertmanagerSink({
    ...{ config, logger, telemetry, clock },
    mutedBecause: (alert) => {
      const endMs = groups.find(({ streams }) => streams.includes(alert.stream))?.totals.get(alert.stream)?.endMs ?? 0
      return parts.attention?.mutedBy(checkIdOf(alert), endMs)?.reason ?? null
    },
    groups: groups.map((group) => ({
      name: group.name,
      isOwned: () => parts.assemble?.owns(group) ?? false,
      alerts: () => group.judge.alerts(),
      judgedToMs: () => group.totals.get(group.name)?.endMs ?? 0,
    })),
  })
}

interface SinkParts {
  groups: readonly GroupState[]
  parts: Parts
  logger: Logger
  telemetry: Telemetry
  clock: Clock
}
