import { parseAddress } from './address.ts'
import { DEFAULTS } from './defaults.ts'
import { parseDuration } from './duration.ts'
import { fillPolicy } from './fill-policy.ts'
import { fillStream } from './fill-stream.ts'
import type { RawAlertmanager, RawConfig, RawKafka, RawSsl } from './raw.ts'
import type { AlertmanagerConfig, Config, KafkaConfig, PanesConfig } from './shape.ts'
import { parseSize } from './size.ts'

/** A configuration without mistakes, with every default filled in. */
export function fillConfig(raw: RawConfig): Config {
  const prefix = raw.topics?.prefix ?? DEFAULTS.prefix
  return {
    instance: raw.instance ?? DEFAULTS.instance,
    kafka: raw.kafka ? fillKafka(raw.kafka) : null,
    log: raw.log ?? null,
    registry: fillRegistry(raw.registry),
    topics: { prefix },
    http: parseAddress(raw.http?.listen ?? DEFAULTS.listen)!,
    state: { directory: raw.state?.directory ?? DEFAULTS.stateDirectory },
    alertmanager: raw.alertmanager ? fillAlertmanager(raw.alertmanager) : null,
    panes: fillPanes(raw.panes ?? {}),
    limits: { recordBytes: parseSize(raw.limits?.recordBytes ?? DEFAULTS.recordBytes)! },
    roles: raw.roles ?? DEFAULTS.roles,
    baseline: raw.baseline ?? null,
    streams: raw.streams.map((stream) => fillStream(stream, prefix)),
    policy: fillPolicy(raw.policy ?? {}),
  }
}

function fillKafka(raw: RawKafka): KafkaConfig {
  return {
    brokers: raw.brokers,
    clientId: raw.clientId ?? DEFAULTS.clientId,
    sessionTimeoutMs: parseDuration(raw.sessionTimeout ?? DEFAULTS.sessionTimeout)!,
    ssl: typeof raw.ssl === 'object' ? fillTls(raw.ssl) : (raw.ssl ?? false),
    sasl: raw.sasl
      ? { mechanism: raw.sasl.mechanism ?? 'plain', username: raw.sasl.username, password: raw.sasl.password! }
      : null,
  }
}

function fillTls({ ca, cert, key, rejectUnauthorized }: RawSsl): KafkaConfig['ssl'] {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  }
}

function fillRegistry(raw: RawConfig['registry']): Config['registry'] {
  if (raw === null) return null
  if (raw?.url !== undefined) return { url: withoutSlash(raw.url) }
  return { directory: raw?.directory ?? DEFAULTS.registry.directory }
}

function fillAlertmanager(raw: RawAlertmanager): AlertmanagerConfig {
  const { url, username, password, token, every, link, labels } = raw
  return {
    urls: [url].flat().map(withoutSlash),
    credentials: token !== undefined ? { token } : username !== undefined ? { username, password: password! } : null,
    everyMs: parseDuration(every ?? DEFAULTS.alertmanagerEvery)!,
    link: link === undefined ? null : withoutSlash(link),
    labels: Object.fromEntries((labels ?? []).map(({ name, value }) => [name, value])),
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

function fillPanes(raw: NonNullable<RawConfig['panes']>): PanesConfig {
  const readMs = (key: keyof typeof DEFAULTS.panes): number => parseDuration(raw[key] ?? DEFAULTS.panes[key])!
  return {
    lengthMs: readMs('length'),
    latenessMs: readMs('lateness'),
    aheadMs: readMs('ahead'),
    idleMs: readMs('idle'),
    completeWithinMs: readMs('completeWithin'),
  }
}
