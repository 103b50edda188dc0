import type { Kafka as KafkaClient, KafkaConfig as ClientConfig, SASLOptions } from 'kafkajs'
import type { KafkaConfig } from '../config/shape.ts'
import { Kafka, logLevel } from './kafka-patches.ts'
import { RETRY, type KafkaOptions } from './kafka-settings.ts'

/** The KafkaJS client of a configuration. Its log lines go to the caller, never to the console. */
export function kafkaClient(config: KafkaConfig, options: KafkaOptions, retries = RETRY.retries): KafkaClient {
  const { ssl, sasl } = config
  const client: ClientConfig = {
    clientId: config.clientId,
    brokers: [...config.brokers],
    connectionTimeout: options.connectionTimeoutMs ?? 5_000,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    retry: { ...RETRY, retries },
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => options.onLog?.(entry),
  }
  if (ssl !== false) client.ssl = ssl === true ? true : { ...ssl }
  if (sasl !== null) client.sasl = { ...sasl } as SASLOptions
  return new Kafka(client)
}
