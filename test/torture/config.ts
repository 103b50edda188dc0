import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/shape.ts'

/** As short as the broker lets it be: who was killed is missed after this. */
export const SESSION_MS = 1_500

/** Of one installation: its prefix, the topic it watches, where its brokers are. */
export interface Installation {
  prefix: string
  topic: string
  brokers: readonly string[]
  /** Where its configuration and its views lie. */
  folder: string
  registryUrl?: string
  sessionTimeout?: string
}

/** The configuration of one instance as text: JSON is YAML. Those of one installation have one name, as alerts carry it. */
export function configText(
  installation: Installation,
  instance: string,
  roles = ['observe', 'assemble', 'judge'],
): string {
  const { prefix, topic, brokers, folder, registryUrl, sessionTimeout = `${SESSION_MS}ms` } = installation
  return JSON.stringify({
    instance: 'tortured',
    kafka: { brokers, sessionTimeout },
    ...(registryUrl === undefined ? {} : { registry: { url: registryUrl } }),
    topics: { prefix },
    http: { listen: '127.0.0.1:0' },
    state: { directory: stateFolder(configFile(folder, prefix, instance)) },
    roles,
    panes: { length: '2m', lateness: '20s', ahead: '10m', idle: '20m', completeWithin: '40m' },
    streams: [
      {
        ...{ name: 'views', topic, start: 'earliest', format: registryUrl === undefined ? 'json' : 'avro' },
        ...{ eventTime: { field: 'ts', unit: 'ms' }, id: 'id', unit: 'user', salt: 'fixed' },
        cohort: { field: 'model', control: ['a'], candidate: ['b'] },
        synthetic: { field: 'test', equals: true },
        fields: [
          { name: 'price', kind: 'numeric' },
          { name: 'age', kind: 'numeric' },
          { name: 'country', kind: 'categorical' },
        ],
        engagement: [{ name: 'click_rate', rate: { field: 'clicked', equals: true } }],
      },
    ],
    policy: { horizon: '1d', clear: 2 },
  })
}

export function writeConfig(installation: Installation, instance: string, roles?: string[]): string {
  mkdirSync(installation.folder, { recursive: true })
  const file = configFile(installation.folder, installation.prefix, instance)
  writeFileSync(file, configText(installation, instance, roles))
  return file
}

function configFile(folder: string, prefix: string, instance: string): string {
  return path.join(folder, `${prefix}-${instance}.yaml`)
}

/** Beside its configuration. */
export function stateFolder(configPath: string): string {
  return configPath.slice(0, -'.yaml'.length)
}

export function configOf(installation: Installation): Config {
  return readConfig(configText(installation, 'any'), `${installation.prefix}.yaml`, {})
}
