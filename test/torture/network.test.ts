import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaLog } from '../../src/log/kafka.ts'
import { realBroker } from '../real/broker.ts'
import { fakeRegistry } from '../real/fake-registry.ts'
import type { FakeRegistry } from '../real/fake-registry.ts'
import { FaultProxy } from '../real/fault-proxy.ts'
import type { Fault } from '../real/fault-proxy.ts'
import { freePorts } from '../real/kafka-local.mjs'
import { AVRO_SCHEMA, inAvro } from './avro-events.ts'
import { Child, warmUp } from './child.ts'
import { compareOutcomes, faultLines } from './compare.ts'
import { writeConfig } from './config.ts'
import type { Installation } from './config.ts'
import { tortureEvents } from './events.ts'
import type { ProducedEvent } from './events.ts'
import { Feeder } from './feeder.ts'
import { untilJudged } from './finish.ts'
import { outcomeOf } from './outcome.ts'
import { undisturbedRun } from './reference.ts'
import type { Undisturbed } from './reference.ts'

const FAULTS: readonly Fault[] = [
  { kind: 'latency', ms: 300 },
  { kind: 'bandwidth', bytesPerSecond: 20_000 },
  { kind: 'reset', everyMs: 700 },
  { kind: 'slicer', bytes: 50, pauseMs: 2 },
  { kind: 'one byte' },
  { kind: 'timeout' },
  { kind: 'half-open' },
  { kind: 'partition' },
]
const FAULT_MS = 20_000
const PARTITIONS = 3
/** Each of the client's parts (three groups, four tails, an admin, a producer) comes back after a pause of its own. */
const CONNECTIONS_A_SECOND_MAX = 40

const ports = await freePorts(FAULTS.length * 3)
const [brokerPorts, proxyPorts, registryPorts] = [0, 1, 2].map((nth) => ports.slice(nth * FAULTS.length, (nth + 1) * FAULTS.length)) as [number[], number[], number[]] // prettier-ignore

/** To each proxy a listener of its own, that tells clients to come back by the proxy. */
const broker = await realBroker({
  config: ({ port, controllerPort }) => {
    const address = (numbers: readonly number[]): string =>
      numbers.map((each, at) => `,FAULTY${at}://127.0.0.1:${each}`).join('')
    return {
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${address(brokerPorts)}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}${address(proxyPorts)}`,
      'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${FAULTS.map((_, at) => `,FAULTY${at}:PLAINTEXT`).join('')}`,
      'num.network.threads': 1,
    }
  },
})

/** One installation for each fault, all over the same topic, each behind a proxy to the broker and one to the registry. */
describe(
  'a bad network between us, the brokers and the registry',
  { skip: broker === null, timeout: 2_400_000 },
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-network-'))
    const topic = 'network.events'
    const tried: Tried[] = []
    let registry: FakeRegistry
    let events: ProducedEvent[]
    let feeder: Feeder
    let log: KafkaLog
    let undisturbed: Undisturbed

    before(async () => {
      const avro = inAvro(tortureEvents(1, PARTITIONS))
      events = avro.events
      registry = await fakeRegistry()
      for (const id of avro.schemaIds)
        registry.answers.set(`/schemas/ids/${id}`, { schema: JSON.stringify(AVRO_SCHEMA) })
      const brokers = [broker!.bootstrap]
      log = new KafkaLog({ brokers, clientId: 'torture', ssl: false, sasl: null })
      feeder = new Feeder(brokers, topic, PARTITIONS, events)
      await Promise.all([feeder.createTopic(), warmUp()])
      const about = { topic, folder, brokers, sessionTimeout: '10s' }
      undisturbed = await undisturbedRun({ ...about, prefix: 'calm', registryUrl: registry.url }, PARTITIONS, events)
      await feeder.feedTo(0.3)
      const registryPort = Number(new URL(registry.url).port)
      for (const [at, fault] of FAULTS.entries()) {
        const proxies = [
          await FaultProxy.start({ host: '127.0.0.1', port: brokerPorts[at]! }, proxyPorts[at]!),
          await FaultProxy.start({ host: '127.0.0.1', port: registryPort }, registryPorts[at]!),
        ] as const
        const installation: Installation = {
          ...about,
          prefix: `network-${fault.kind.replace(' ', '-')}`,
          brokers: [`127.0.0.1:${proxyPorts[at]}`],
          registryUrl: `http://127.0.0.1:${registryPorts[at]}`,
        }
        const child = new Child(writeConfig(installation, 'one'))
        tried.push({ fault, installation, proxies, child, connections: 0 })
      }
      const children = tried.map(({ child }) => child)
      await untilJudged(() => children, { slices: 3 })

      await Promise.all(tried.flatMap(({ fault, proxies }) => proxies.map((proxy) => proxy.begin(fault))))
      for (const each of tried) each.connections = -connectionsOf(each)
      for (const endMs = performance.now() + FAULT_MS; performance.now() < endMs; await sleep(500)) {
        await feeder.feedTo(0.3 + 0.5 * (1 - (endMs - performance.now()) / FAULT_MS))
      }
      for (const each of tried) each.connections += connectionsOf(each)
      await Promise.all(tried.flatMap(({ proxies }) => proxies.map((proxy) => proxy.end())))
      await feeder.feedTo(1)
    })
    after(async () => {
      for (const { child } of tried) child.kill('SIGKILL')
      await Promise.all(tried.flatMap(({ proxies }) => proxies.map((proxy) => proxy.close())))
      await Promise.all([feeder?.close(), log?.close(), registry?.close()])
      await broker?.stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    })

    for (const [at, { kind }] of FAULTS.entries()) {
      it(`${kind}, for ${FAULT_MS / 1000} s: nothing lost, nothing twice, no crash, no flood of connections`, async (t) => {
        const { installation, child, connections } = tried[at]!
        const perSecond = connections / (FAULT_MS / 1000)
        t.diagnostic(`${perSecond} connections a second`)
        await untilJudged(() => [child], undisturbed)
        assert.equal(child.isOver, false, child.lastWords())
        assert.ok(perSecond < CONNECTIONS_A_SECOND_MAX, `${perSecond} connections a second`)
        child.kill('SIGTERM')
        assert.equal((await child.endsWithin(30_000, kind)).code, 0)
        const outcome = await outcomeOf(log, installation.prefix)
        assert.deepEqual(faultLines(compareOutcomes(outcome, undisturbed.outcome, events)), [])
      })
    }
  },
)

interface Tried {
  fault: Fault
  installation: Installation
  proxies: readonly [FaultProxy, FaultProxy]
  child: Child
  /** While the fault lasted. */
  connections: number
}

function connectionsOf({ proxies }: Tried): number {
  return proxies.reduce((sum, { connections }) => sum + connections, 0)
}
