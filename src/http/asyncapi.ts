import { readFileSync } from 'node:fs'

/** The alerts topic as AsyncAPI 3.0: who stands there, under which key, and what an event looks like. */
export function asyncApi({ version, topic }: { version: string; topic: string | null }): object {
  const types = ['firing', 'updated', 'resolved'] as const
  const reference = (type: string) => ({ $ref: `#/channels/alerts/messages/${type}` })
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Evenkeel',
      version,
      description:
        'Alerts as they are told. An event may come twice, with the same id and the same bytes: drop an id that you have seen. All events of one alert have the same key, and so are in order.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: CLOUD_EVENT,
    channels: {
      alerts: {
        address: topic,
        title: 'The alerts topic',
        messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
      },
    },
    operations: {
      tellAlerts: { action: 'send', channel: { $ref: '#/channels/alerts' }, messages: types.map(reference) },
    },
    components: {
      messages: Object.fromEntries(
        types.map((type) => [
          type,
          {
            name: `io.evenkeel.alert.${type}.v1`,
            title: TITLES[type],
            contentType: CLOUD_EVENT,
            payload: { $ref: '#/components/schemas/alert' },
            bindings: { kafka: { key: { type: 'string', description: "The alert's fingerprint" }, bindingVersion: '0.5.0' } }, // prettier-ignore
          },
        ]),
      ),
      schemas: { alert: { schemaFormat: 'application/schema+json;version=draft-07', schema: ALERT_SCHEMA } },
    },
  }
}

const CLOUD_EVENT = 'application/cloudevents+json'
const TITLES = { firing: 'An alert fires', updated: 'Its figures have changed', resolved: 'It is over' } as const
const ALERT_SCHEMA = JSON.parse(
  readFileSync(new URL('../../schemas/alert.schema.json', import.meta.url), 'utf8'),
) as object
