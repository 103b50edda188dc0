import type { Config } from './shape.ts'

export const REDACTED = '***'

/** The configuration as it may be printed: passwords, private keys and user info inside addresses are starred out. */
export function redactConfig(config: Config): Config {
  return {
    ...config,
    kafka: config.kafka === null ? null : redactKafka(config.kafka),
    registry:
      config.registry !== null && 'url' in config.registry ? { url: redactUrl(config.registry.url) } : config.registry,
    alertmanager: config.alertmanager === null ? null : redactAlertmanager(config.alertmanager),
  }
}

function redactAlertmanager(alertmanager: NonNullable<Config['alertmanager']>): NonNullable<Config['alertmanager']> {
  const { credentials } = alertmanager
  if (credentials === null) return alertmanager
  const hidden = 'token' in credentials ? { token: REDACTED } : { ...credentials, password: REDACTED }
  return { ...alertmanager, credentials: hidden }
}

function redactKafka(kafka: NonNullable<Config['kafka']>): NonNullable<Config['kafka']> {
  const { ssl, sasl } = kafka
  return {
    ...kafka,
    ssl: typeof ssl === 'object' && ssl.key !== undefined ? { ...ssl, key: REDACTED } : ssl,
    sasl: sasl === null ? null : { ...sasl, password: REDACTED },
  }
}

export function redactUrl(url: string): string {
  return url.replace(/\/\/[^/]*@/, `//${REDACTED}@`)
}
