import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What Alertmanager sends to people: one message for one group. */
export interface Notification {
  status: 'firing' | 'resolved'
  groupLabels: Record<string, string>
  commonLabels: Record<string, string>
  alerts: {
    status: 'firing' | 'resolved'
    labels: Record<string, string>
    annotations: Record<string, string>
    generatorURL: string
  }[]
}

/** A receiver of webhooks that keeps what it got. */
export class Webhook {
  readonly got: Notification[] = []
  readonly url: string
  private readonly server: Server

  private constructor(server: Server) {
    this.server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }

  static async start(): Promise<Webhook> {
    const server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        webhook.got.push(JSON.parse(body) as Notification)
        response.end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const webhook: Webhook = new Webhook(server)
    return webhook
  }

  /** Labels of the alerts that were said to fire, or to be resolved, in all messages so far. */
  told(status: 'firing' | 'resolved'): Record<string, string>[] {
    return this.got.flatMap(({ alerts }) =>
      alerts.filter((alert) => alert.status === status).map(({ labels }) => labels),
    )
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The shipped configuration of Alertmanager, in a hurry, with every receiver at the webhook. */
export function hurriedAlertmanager(
  config: AlertmanagerFile,
  webhook: string,
  times: Partial<Times> = {},
): AlertmanagerFile {
  const { wait = '1s', interval = '1s', repeat = '1h', resolveTimeout = '10m' } = times
  const hurried = (route: Route): Route => ({ ...route, group_wait: wait, group_interval: interval, repeat_interval: repeat }) // prettier-ignore
  return {
    ...config,
    global: { resolve_timeout: resolveTimeout },
    route: { ...hurried(config.route), routes: (config.route.routes ?? []).map(hurried) },
    receivers: config.receivers.map((receiver) => ({
      ...receiver,
      webhook_configs: [{ url: webhook, send_resolved: true }],
    })),
  }
}

interface Times {
  wait: string
  interval: string
  repeat: string
  resolveTimeout: string
}

export interface AlertmanagerFile {
  global: object
  route: Route
  receivers: { name: string; webhook_configs?: object[] }[]
}

interface Route {
  routes?: Route[]
  [key: string]: unknown
}
