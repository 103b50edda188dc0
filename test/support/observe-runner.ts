import { readConfig } from '../../src/config/load.ts'
import type { Log } from '../../src/log/log.ts'
import { NO_SEGMENTS } from '../../src/pane/segments.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import type { Clock } from '../../src/service/clock.ts'
import { observedStreams } from '../../src/service/groups.ts'
import { ObserveRunner } from '../../src/service/observe-runner.ts'
import { Telemetry } from '../../src/telemetry/metrics.ts'
import { shopConfig } from './traffic.ts'

export const SHOP_TOPIC = 'shop.events'

/** One that reads the shop's events from `log`; what it publishes goes to `append`. */
export function shopObserver(options: { log: Log; append: Log['append']; clock: Clock }): ObserveRunner {
  const { log, append, clock } = options
  const schemas = openRegistry(null)
  return new ObserveRunner({
    log,
    logger: { error: () => undefined } as never,
    streams: observedStreams(readConfig(JSON.stringify(shopConfig()), 'test', {}), schemas),
    segmentsOf: () => NO_SEGMENTS,
    isWatched: () => false,
    publishing: {
      log: { append, bounds: (topic: string) => log.bounds(topic) } as never,
      ...{ schemas, telemetry: new Telemetry({ version: 'test' }), panesTopic: 'panes', quarantineTopic: 'quarantine' },
      ...{ reporter: 'one', onParked: () => undefined, clock },
    },
  })
}
