import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { KafkaLog } from '../src/log/kafka.ts'
import type { LogRecord } from '../src/log/log.ts'
import { kindOf } from '../src/pane/chunks.ts'
import { realBroker } from '../test/real/broker.ts'
import { createTopic } from '../test/support/create-topic.ts'
import { Child, warmUp } from '../test/torture/child.ts'
import { START_MS } from './events.ts'
import type { Row } from './row.ts'

const PARTITIONS = 12
const TOPIC = 'outages'
/** Twice a pane; so each partition publishes one every half second, for as long as somebody has it. */
const TICK_MS = 250
const EVENT_MS_A_TICK = 30_000
const EVENTS_A_TICK = 20
const SETTLED_MS = 5_000
const PATIENCE_MS = 120_000

/**
 * How long events wait when an instance goes: from the signal until every one of 12 partitions has published a pane that is newer than
 * its last before. The settings are those that one has who sets none: sessions of ten seconds.
 */
export async function outagesRows(): Promise<readonly Row[]> {
  const broker = await realBroker({})
  if (broker === null) return [{ name: 'not measured', note: 'a real broker needs Java and Maven' }]
  const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-bench-'))
  const log = new KafkaLog({ brokers: [broker.bootstrap], clientId: 'bench', ssl: false, sasl: null })
  const source = new Source(broker.bootstrap)
  const children: Child[] = []
  let started = 0
  const start = async (): Promise<Child> => {
    const file = path.join(folder, `${started++}.yaml`)
    writeFileSync(file, configText(broker.bootstrap, `${file}.state`))
    const child = new Child(file)
    children.push(child)
    return child
  }
  try {
    await Promise.all([source.start(), warmUp()])
    const first = await start()
    await first.runs()
    const published = new Published()
    await log.tail('evenkeel.panes', new Map(), async (records) => published.take(records))
    const second = await start()
    await second.runs()

    await published.all()
    const killed = await published.from(() => first.kill('SIGKILL'))
    const third = await start()
    await third.runs()
    await published.all()
    let exited = Infinity
    const stopped = await published.from(async () => {
      const startMs = performance.now()
      second.kill('SIGTERM')
      await second.ended
      exited = performance.now() - startMs
    })
    await published.all()
    const restarted = await published.from(async () => {
      third.kill('SIGKILL')
      await third.ended
      await start()
    })
    return [
      row('kill -9 of one of two: the other has its partitions', killed, 15),
      row('kill -9 of the only one, started again at once', restarted, 15),
      row('SIGTERM of one of two: until it has ended', exited, 3),
      row('SIGTERM of one of two: the other has its partitions', stopped, 3),
    ]
  } finally {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all([source.stop(), log.close()])
    await broker.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

function row(name: string, ms: number, secondsMax: number): Row {
  return { name, ns: ms * 1e6, per: 'time', goal: `≤ ${secondsMax} s`, isMet: ms <= 1_000 * secondsMax }
}

function configText(bootstrap: string, directory: string): string {
  return JSON.stringify({
    ...{ kafka: { brokers: [bootstrap] }, http: { listen: '127.0.0.1:0' }, state: { directory } },
    panes: { length: '1m', lateness: '10s' },
    streams: [
      {
        ...{ name: 'views', topic: TOPIC, start: 'earliest', format: 'json', eventTime: { field: 'ts', unit: 'ms' } },
        ...{ unit: 'user', salt: 'bench', cohort: { field: 'model', control: ['a'], candidate: ['b'] } },
        fields: [{ name: 'price', kind: 'numeric' }],
      },
    ],
  })
}

/** The newest pane of each partition, as the topic has it. */
class Published {
  private readonly newest = new Map<number, number>()

  take(records: readonly LogRecord[]): void {
    for (const record of records.filter((each) => kindOf(each) === 'pane')) {
      const partition = Number(String(record.headers['partition']))
      const startMs = Number(String(record.headers['start']))
      this.newest.set(partition, Math.max(startMs, this.newest.get(partition) ?? startMs))
    }
  }

  /** Everybody has what is his, and has had it for a while. */
  async all(): Promise<void> {
    for (let round = 0; round < SETTLED_MS / 1_000; round++) await this.renewed(() => undefined)
    await sleep(SETTLED_MS)
  }

  /** Milliseconds from what happens now until every partition has something newer. */
  async from(happens: () => unknown): Promise<number> {
    const startMs = performance.now()
    await this.renewed(happens)
    return performance.now() - startMs
  }

  private async renewed(happens: () => unknown): Promise<void> {
    const before = new Map(this.newest)
    const isNewer = (partition: number): boolean =>
      (this.newest.get(partition) ?? -Infinity) > (before.get(partition) ?? -Infinity)
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
    const happened = Promise.resolve(happens())
    for (const endMs = performance.now() + PATIENCE_MS; !partitions.every(isNewer); await sleep(10)) {
      if (performance.now() > endMs) throw new Error(`partitions ${partitions.filter((each) => !isNewer(each)).join()} are silent`) // prettier-ignore
    }
    await happened
  }
}

/** Events for every partition, all the time. */
class Source {
  private readonly kafka: Kafka
  private running: Promise<void> = Promise.resolve()
  private isOver = false

  constructor(bootstrap: string) {
    this.kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  }

  async start(): Promise<void> {
    const admin = this.kafka.admin()
    await admin.connect()
    await createTopic(admin, { topic: TOPIC, numPartitions: PARTITIONS })
    await admin.disconnect()
    this.running = this.run()
  }

  async stop(): Promise<void> {
    this.isOver = true
    await this.running
  }

  private async run(): Promise<void> {
    const producer = this.kafka.producer()
    await producer.connect()
    for (let tick = 0; !this.isOver; tick++) {
      const messages = Array.from({ length: PARTITIONS * EVENTS_A_TICK }, (_, at) => {
        const ts = START_MS + tick * EVENT_MS_A_TICK + at * 100
        const body = { ts, user: `u${at}`, model: at % 5 < 2 ? 'a' : 'b', price: at }
        return { partition: at % PARTITIONS, value: JSON.stringify(body) }
      })
      await Promise.all([producer.send({ topic: TOPIC, messages }), sleep(TICK_MS)])
    }
    await producer.disconnect()
  }
}
