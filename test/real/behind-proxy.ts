import { realBroker } from './broker.ts'
import { FaultProxy } from './fault-proxy.ts'
import { freePorts } from './kafka-local.mjs'

/** A broker with two doors: `direct`, and `address`, where a proxy stands that misbehaves when told to. */
export interface BehindProxy {
  direct: string
  address: string
  proxy: FaultProxy
  stop(): Promise<void>
}

/** Null when this machine has no broker: the caller skips. Who comes by the proxy is told to come back by the proxy. */
export async function brokerBehindProxy(): Promise<BehindProxy | null> {
  const [proxyPort] = await freePorts(1)
  const broker = await realBroker({
    config: ({ port, controllerPort, sparePort }) => ({
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort},FAULTY://127.0.0.1:${sparePort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},FAULTY://127.0.0.1:${proxyPort}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,FAULTY:PLAINTEXT',
    }),
  })
  if (broker === null) return null
  const proxy = await FaultProxy.start({ host: '127.0.0.1', port: broker.local!.sparePort }, proxyPort!)
  return {
    direct: broker.bootstrap,
    address: `127.0.0.1:${proxyPort}`,
    proxy,
    stop: async () => void (await Promise.all([proxy.close(), broker.stop()])),
  }
}
