import { paneDifferences, rolesOf } from '../config/era-config.ts'
import { paneConfigDigest, paneConfigOf } from '../config/pane-config.ts'
import type { Config } from '../config/shape.ts'
import { streamGroups } from '../config/stream-groups.ts'
import type { StreamGroup } from '../config/stream-groups.ts'
import { MonitorError } from '../errors.ts'
import { sealRecord } from '../ledger/chain.ts'
import type { PanesConfigured } from '../ledger/record.ts'
import type { Log } from '../log/log.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Clock } from './clock.ts'
import { currentEras } from './current-era.ts'
import type { CurrentEras } from './current-era.ts'
import { EraReader } from './era-reader.ts'

/**
 * Before anything is observed: what shapes panes stands in the ledger, and is what this instance has in its file.
 *
 * Whoever comes first writes it down; everybody after that is held to it. Two shapes of panes in one watch could not be added up,
 * so an instance with another one does not start, and says what differs.
 */
export async function settlePanes(options: SettlePanesOptions): Promise<CurrentEras> {
  const { config, log, ledgerTopic } = options
  const reader = await EraReader.open(log, ledgerTopic)
  try {
    for (const group of streamGroups(config)) await settleGroup(reader, group, options)
    return currentEras(config, reader.eras)
  } finally {
    await reader.stop()
  }
}

async function settleGroup(reader: EraReader, group: StreamGroup, options: SettlePanesOptions): Promise<void> {
  const { config, log, ledgerTopic, clock, logger } = options
  const first = firstEra(group, config, Math.floor(clock.now()))
  // Another writer may have taken the place in the chain: then it is sealed anew, where it is still missing.
  while (reader.eras.of(group.name).length === 0) {
    const problem = reader.eras.refusalOf(first)
    if (problem !== null) throw changed(group.name, [problem])
    const { head } = reader.chain
    try {
      await log.append(ledgerTopic, [{ key: group.name, value: sealRecord(first, head), partition: 0 }])
      await reader.until(() => reader.chain.head !== head)
    } catch (error) {
      if (!(error instanceof MonitorError && error.retriable)) throw error
      logger.error(error)
      await new Promise<void>((resolve) => void clock.after(RETRY_MS, resolve))
    }
  }
  // While a change is under way, and until the next one is announced, the file of before will do: it is the ledger that counts.
  const known = reader.eras.of(group.name).slice(-2)
  if (known.some(({ record }) => record.paneConfigDigest === first.paneConfigDigest)) return
  throw changed(group.name, paneDifferences(known.at(-1)!.record.paneConfig, first.paneConfig))
}

function firstEra(group: StreamGroup, config: Config, atMs: number): PanesConfigured {
  return {
    ...{ type: 'panes-configured', stream: group.name, fromMs: null, atMs },
    ...{ paneConfig: paneConfigOf(group, config), paneConfigDigest: paneConfigDigest(group, config) },
    ...{ roles: rolesOf(group.streams), by: config.instance, reason: 'the first start' },
  }
}

function changed(stream: string, differences: readonly string[]): MonitorError {
  const lines = differences.map((each) => `\n  ${each}`)
  return new MonitorError(
    'EVENKEEL_PANE_CONFIG_CHANGED',
    `stream ${JSON.stringify(stream)} is watched with another configuration of panes (ledger → this file):${lines.join('')}\n"evenkeel panes change" announces this file's from a date on`,
  )
}

export interface SettlePanesOptions {
  config: Config
  log: Log
  ledgerTopic: string
  clock: Clock
  logger: Logger
}

const RETRY_MS = 1_000
