import { missingTools, skipLoudly } from './missing-tools.ts'
import { start, type KafkaLocal, type StartOptions } from './kafka-local.mjs'

/** A Kafka broker for a test: `bootstrap` is all most need. `local` is there when it is ours to kill and restart. */
export interface RealBroker {
  bootstrap: string
  local: KafkaLocal | null
  stop(): Promise<void>
}

/**
 * A real broker, or null when this machine cannot run one (no Java or no Maven): then the test must skip, and the
 * reason has been printed. In CI nothing is ever skipped: there it throws.
 *
 * `KAFKA_BROKERS` names one broker for the whole suite; a test that needs its own (options given) starts its own.
 */
export async function realBroker(options?: StartOptions): Promise<RealBroker | null> {
  const shared = process.env['KAFKA_BROKERS']
  if (shared !== undefined && options === undefined) return { bootstrap: shared, local: null, stop: async () => undefined }
  const missing = await missingTools(['java', 'mvn'])
  if (missing.length > 0) return skipLoudly('Kafka', missing)
  const local = await start(options)
  return { bootstrap: local.bootstrap, local, stop: () => local.stop() }
}

/** Settings of a broker that is back two seconds after a kill, instead of five. */
export const BOUNCING = { 'broker.session.timeout.ms': 600, 'broker.heartbeat.interval.ms': 120 }
