import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../src/config/load.ts'
import { KafkaLog } from '../../src/log/kafka.ts'
import type { Log } from '../../src/log/log.ts'
import { MemoryLog, MemoryStore } from '../../src/log/memory.ts'
import { realBroker } from '../real/broker.ts'
import { evenkeel } from '../support/program.ts'
import { announce, Supervised, until } from '../support/supervised.ts'
import { acceptedIn } from '../support/slices-topic.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { shopConfig, shopEvents, SHOP_START_MS } from '../support/traffic.ts'
import { warmUp } from './child.ts'
import { untilJudged } from './finish.ts'
import { outcomeOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { Pod } from './pod.ts'

const MINUTE_MS = 60_000
const PANE_MS = 5 * MINUTE_MS
const TURN_MS = SHOP_START_MS + 90 * MINUTE_MS
const SLICES = { old: 18, new: 17 }
const TOPIC = 'shop.events'
/** In memory, alerts are told in the same moment in which their slice is judged. */
const TOLD_MS = 1_000
/** Half of the candidate's countries go missing half an hour after the start: an alert that is firing when the era ends. */
const EVENTS = shopEvents({ hours: 3, perMinute: 80 }).map((event) =>
  event.model === 'm2' && event.ts > SHOP_START_MS + 30 * MINUTE_MS && Number(event.id.slice(1)) % 2 === 0 ? { ...event, country: null } : event,
) // prettier-ignore
const NEW = { fields: [{ name: 'price', kind: 'categorical' }, { name: 'country', kind: 'categorical' }] } // prettier-ignore

const broker = await realBroker({})

/** As Kubernetes rolls a Deployment out: one pod more, with the new file; when it is ready one of the old ones goes. */
describe('a rolling update over the turn of an era, on real Kafka', { skip: broker === null, timeout: 600_000 }, () => {
  const folder = temporaryFolder()
  const pods: Pod[] = []
  let log: KafkaLog
  let undisturbed: Outcome

  before(async () => {
    log = new KafkaLog({ brokers: [broker!.bootstrap], clientId: 'turn', ssl: false, sasl: null })
    await Promise.all([warmUp(), log.createTopics([{ topic: TOPIC, partitions: 2, replicationFactor: 1, config: {} }])])
    undisturbed = await undisturbedOutcome()
  })
  after(async () => {
    for (const pod of pods) pod.kill()
    await log?.close()
    await broker?.stop()
  })

  const fileOf = (name: string, stream: Record<string, unknown> = {}): string => {
    const file = path.join(folder, `${name}.yaml`)
    const parts = { kafka: { brokers: [broker!.bootstrap] }, http: { listen: '127.0.0.1:0' }, state: { directory: path.join(folder, name) } } // prettier-ignore
    writeFileSync(file, JSON.stringify(shopConfig({ start: 'earliest', ...stream }, parts)))
    return file
  }
  const up = async (name: string, stream?: Record<string, unknown>): Promise<Pod> => {
    const pod = new Pod(fileOf(name, stream))
    pods.push(pod)
    await pod.isReady()
    return pod
  }

  it('no gap, no mixed slice, the same panes, slices and alerts as without it; every pod ends in the new era', async () => {
    await feed(log, 0, 60)
    const [first, second] = await Promise.all([up('old-1'), up('old-2')])
    await untilJudged(() => [first.child, second.child], { slices: 10 })
    const said = ['--from', new Date(TURN_MS).toISOString(), '--by', 'Ann', '--reason', 'names, not numbers']
    const announced = await evenkeel(['panes', 'change', '--config', fileOf('announced', NEW), ...said])
    assert.equal(announced.code, 0, announced.stderr)

    const third = await up('new-1', NEW)
    await first.leaves()
    await feed(log, 60, 120)
    await untilJudged(() => [second.child, third.child], { slices: 1 })
    for (const pod of [second, third]) await pod.hasBegunAnew()
    const fourth = await up('new-2', NEW)
    await second.leaves()
    await feed(log, 120, 180)
    await untilJudged(() => [third.child, fourth.child], { slices: SLICES.new })
    await Promise.all([third.leaves(), fourth.leaves()])

    const { panes, slices, alerts } = await outcomeOf(log, 'evenkeel')
    const starts = [...slices.keys()].sort((one, other) => one - other)
    assert.deepEqual(starts, Array.from({ length: SLICES.old + SLICES.new }, (_, at) => SHOP_START_MS + at * PANE_MS)) // prettier-ignore
    assert.deepEqual(sorted(slices, digestOf), sorted(undisturbed.slices, digestOf))
    assert.equal(new Set([...slices.values()].map(({ slice }) => slice.paneConfigDigest)).size, 2)
    for (const [start, { slice }] of slices) {
      const watchFromMs = start < TURN_MS ? SHOP_START_MS : TURN_MS
      assert.equal(slice.number, (start - watchFromMs) / PANE_MS + 1)
      const byHand = EVENTS.filter(({ ts }) => ts >= start && ts < start + PANE_MS).length
      assert.equal(acceptedIn(slice), byHand, new Date(start).toISOString())
    }
    assert.deepEqual(sorted(panes, digestsOf), sorted(undisturbed.panes, digestsOf))
    assert.deepEqual(sorted(alerts, bodiesOf), sorted(undisturbed.alerts, bodiesOf))
    assert.ok(alerts.size >= 2, 'there was something to be told')
  })
})

async function feed(log: Log, fromMinutes: number, toMinutes: number): Promise<void> {
  const [fromMs, toMs] = [fromMinutes, toMinutes].map((minutes) => SHOP_START_MS + minutes * MINUTE_MS) as [number, number] // prettier-ignore
  const due = EVENTS.filter(({ ts }) => ts >= fromMs && ts < toMs)
  await log.append(TOPIC, due.map((event) => ({ key: null, value: JSON.stringify(event), partition: Number(event.user.slice(1)) % 5 % 2 }))) // prettier-ignore
}

/** One instance over a log in memory. */
async function undisturbedOutcome(): Promise<Outcome> {
  const store = new MemoryStore()
  const log = new MemoryLog({ store })
  await log.createTopics([{ topic: TOPIC, partitions: 2, replicationFactor: 1, config: {} }])
  const [before, behind] = [{}, NEW].map((stream) => readConfig(JSON.stringify(shopConfig({ start: 'earliest', ...stream }, { http: { listen: '127.0.0.1:0' } })), 'undisturbed.yaml', {})) // prettier-ignore
  await feed(log, 0, 60)
  const one = new Supervised(store, before!)
  await until('slices of the old era', () => one.folded >= 10)
  await announce(log, behind!, TURN_MS)
  one.config = behind!
  await feed(log, 60, 180)
  await until('the new era to its end', () => one.starts === 2 && one.folded === SLICES.new)
  await sleep(TOLD_MS)
  await one.stop()
  const outcome = await outcomeOf(log, 'evenkeel')
  await log.close()
  return outcome
}

const digestOf = ({ digest }: { digest: string }): string => digest
const digestsOf = ({ digests }: { digests: Set<string> }): string[] => [...digests]
const bodiesOf = (alert: { bodies: Set<string> }): string[] => [...alert.bodies]

/** In one order, whatever the order of the topic was. */
function sorted<Key, Each, What>(found: ReadonlyMap<Key, Each>, of: (each: Each) => What): [string, What][] {
  return [...found].map(([key, each]): [string, What] => [String(key), of(each)]).sort(([one], [other]) => (one < other ? -1 : 1)) // prettier-ignore
}
