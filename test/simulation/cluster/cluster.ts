import type { Config } from '../../../src/config/shape.ts'
import type { SchemaSource } from '../../../src/registry/registry.ts'
import { createGroups } from '../../../src/service/groups.ts'
import { Conditions } from '../../../src/service/conditions.ts'
import type { GroupState } from '../../../src/service/follower.ts'
import { ownTopics } from '../../../src/service/own-topics.ts'
import { startPipes } from '../../../src/service/pipes.ts'
import type { Parts } from '../../../src/service/pipes.ts'
import { StopSteps } from '../../../src/service/stop-steps.ts'
import type { Logger } from '../../../src/telemetry/logger.ts'
import { Telemetry } from '../../../src/telemetry/metrics.ts'
import { Broker } from './broker.ts'
import { Client } from './client.ts'
import type { Weather } from './client.ts'
import { Disks } from './disks.ts'
import { CONFIG, PARTITIONS, START_MS } from './events.ts'
import type { ProducedEvent } from './events.ts'
import { Machine } from './machine.ts'
import type { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { note } from './tally.ts'
import type { World } from './worlds.ts'

export const TOPICS = ownTopics(CONFIG)
const EVENTS = CONFIG.streams[0]!.topic
const PRODUCE_EVERY_MS = 2_000

/** A broker, and instances of the service that come and go on it. */
export class Cluster {
  readonly world: World
  readonly scheduler: Scheduler
  readonly broker: Broker
  readonly disks: Disks | null
  /** By name; a crashed one is none until it is started again. */
  readonly running = new Map<string, Instance>()
  /** What it told its operators, for whoever looks for the reason of a failure. */
  readonly told: string[] = []
  starts = 0
  private darkUntilMs = -Infinity
  private readonly weather: Weather
  private readonly restartMs: (random: Random) => number
  /** The file that an instance finds when it starts. */
  private readonly configAt: (nowMs: number) => Config

  constructor(
    seed: number,
    world: World,
    events: readonly ProducedEvent[],
    options: {
      weather: Weather
      restartMs: (random: Random) => number
      configAt?: (nowMs: number) => Config
      hasDisks?: boolean
    },
  ) {
    const { hasDisks = false } = options
    this.world = world
    this.scheduler = new Scheduler(seed, START_MS, hasDisks)
    this.broker = new Broker(this.scheduler)
    this.disks = hasDisks ? new Disks(this.scheduler, this.broker.tally) : null
    this.weather = options.weather
    this.restartMs = options.restartMs
    this.configAt = options.configAt ?? (() => CONFIG)
    this.broker.createTopic({ topic: EVENTS, partitions: PARTITIONS })
    for (const topic of Object.values(TOPICS)) {
      this.broker.createTopic({ topic, partitions: topic === TOPICS.panes ? 2 : 1 })
    }
    const { growth } = world
    if (growth !== null)
      this.scheduler.after(growth.atMs - START_MS, () => this.broker.addPartitions(EVENTS, growth.partitions))
    this.produce(events, 0)
  }

  start(name: string, skewMs = 0): void {
    const darkForMs = this.darkUntilMs - this.scheduler.nowMs
    if (darkForMs > 0) return this.scheduler.after(darkForMs, () => this.start(name, skewMs))
    this.starts++
    const machine = new Machine(`${name}#${this.starts}`, this.scheduler, {
      skewMs,
      onCrash: (place) => {
        if (place !== null) note(this.broker.tally, `crash ${place}`)
        if (this.running.get(name)?.machine !== machine) return
        const { parts } = this.running.get(name)!
        this.running.delete(name)
        this.disks?.abandon(name, parts)
        this.scheduler.after(this.restartMs(this.scheduler.random), () => this.start(name, skewMs))
      },
    })
    const client = new Client(this.broker, machine, this.weather)
    const config = this.configAt(this.scheduler.nowMs)
    const tell = (line: string): void => void this.told.push(`${this.at()} ${machine.name}: ${line}`)
    const instance = new Instance(config, machine, client, { tell, folder: this.disks?.folderOf(name) ?? null })
    this.running.set(name, instance)
    instance.start()
  }

  /** Everybody crashes, and nobody starts for so long. */
  goDark(ms: number): void {
    this.darkUntilMs = this.scheduler.nowMs + ms
    for (const { machine } of this.running.values()) machine.crash()
  }

  /** Retention: events that are older are gone. */
  forgetEvents(keptMs: number): void {
    for (const place of this.broker.topics.get(EVENTS)!) {
      const gone = place.records.filter(({ timestampMs }) => timestampMs < this.scheduler.nowMs - keptMs).length
      place.records = place.records.slice(gone)
      place.low += gone
    }
  }

  private at(): string {
    return new Date(this.scheduler.nowMs).toISOString().slice(11, 19)
  }

  private produce(events: readonly ProducedEvent[], from: number): void {
    let at = from
    for (; at < events.length && events[at]!.producedMs <= this.scheduler.nowMs; at++) {
      const { partition, value } = events[at]!
      this.broker.append(EVENTS, { key: null, value, partition })
    }
    if (at < events.length) this.scheduler.after(PRODUCE_EVERY_MS, () => this.produce(events, at))
  }
}

/** One process of the service. */
export class Instance {
  readonly machine: Machine
  readonly groups: GroupState[]
  private readonly config: Config
  private readonly client: Client
  private readonly steps: StopSteps
  private readonly tell: (line: string) => void
  private readonly folder: string | null
  readonly parts: Parts = { view: null, observe: null, assemble: null }
  private registryBackAtMs = -Infinity

  constructor(
    config: Config,
    machine: Machine,
    client: Client,
    { tell, folder }: { tell: (line: string) => void; folder: string | null },
  ) {
    this.config = config
    this.groups = createGroups(config)
    this.machine = machine
    this.client = client
    this.tell = tell
    this.folder = folder
    this.steps = new StopSteps(machine.clock)
  }

  start(): void {
    const { client, machine, groups, steps, config, parts } = this
    // Whoever fails for good exits, and is started again by what watches it.
    const exit = (error: unknown): void => {
      this.tell(String(error))
      machine.crash()
    }
    client.failed.catch(exit)
    startPipes({
      ...{ config, groups, log: client, topics: TOPICS, parts, steps, clock: machine.clock },
      ...{ viewDirectory: this.folder, reporter: machine.name, schemas: this.schemas, logger: this.logger() },
      telemetry: new Telemetry({ version: 'simulated' }),
      conditions: new Conditions(['view', 'history', 'assignment']),
      unlessOver: (work) => Promise.race([work, steps.begun]),
    }).catch((error: unknown) => {
      if (!steps.signal.aborted) exit(error)
    })
  }

  loseRegistry(ms: number): void {
    this.registryBackAtMs = this.machine.nowMs + ms
  }

  /** As SIGTERM; then it is gone. */
  async stop(): Promise<void> {
    await this.steps.run(this.logger())
    this.machine.crash()
  }

  /** Of JSON nobody needs a schema; but everybody waits for whoever keeps them. */
  private readonly schemas: SchemaSource = {
    lookup: { get: () => 'absent' },
    prepare: () =>
      Promise.resolve(
        this.machine.nowMs < this.registryBackAtMs
          ? { retryInMs: 500, reason: 'simulated: it does not answer' }
          : 'ready',
      ),
    latestSchema: () => Promise.resolve('absent'),
    close: () => Promise.resolve(),
  }

  private logger(): Logger {
    const logger: Logger = {
      info: () => undefined,
      warn: (message, facts) => this.tell(`${message} ${JSON.stringify(facts ?? {})}`),
      error: (error) => this.tell(String(error)),
      recovered: () => undefined,
      child: () => logger,
    }
    return logger
  }
}
