import { writeSync } from 'node:fs'
import process from 'node:process'
import { LedgerChain } from '../../src/ledger/chain.ts'
import { KafkaLog } from '../../src/log/kafka.ts'
import type { GroupConsumer, GroupHandler } from '../../src/log/log.ts'
import { Assembler } from '../../src/assemble.ts'
import { Observer } from '../../src/observe.ts'
import { Follower } from '../../src/service/follower.ts'
import { SliceView } from '../../src/view/slice-view.ts'
import type { Point, Step } from './points.ts'

/**
 * Loaded before the program (`node --import`): the process kills itself when it passes the point that FAIL_POINT names for the
 * FAIL_PASS-th time. The program itself knows nothing of it: what is wrapped are the methods of its classes.
 */
const wanted = process.env['FAIL_POINT'] as Point | undefined
let passesLeft = Number(process.env['FAIL_PASS'] ?? 1)

function pass(point: Point): void {
  if (point !== wanted || --passesLeft > 0) return
  writeSync(2, `killed ${point}\n`)
  process.kill(process.pid, 'SIGKILL')
  for (;;); // the signal is on its way, and nothing may be done in between
}

type Method = (...args: never[]) => unknown

/** In place of a method: itself, between two points. */
function wrap(owner: object, name: string, stepOf: (args: readonly unknown[]) => Step | null): void {
  const methods = owner as Record<string, Method>
  const method = methods[name]
  if (method === undefined) throw new Error(`there is no ${name} to wrap: it has another name by now`)
  methods[name] = function (this: unknown, ...args: never[]): unknown {
    const step = stepOf(args)
    if (step === null) return method.apply(this, args)
    pass(`before ${step}`)
    const answer = method.apply(this, args)
    if (!(answer instanceof Promise)) {
      pass(`after ${step}`)
      return answer
    }
    return answer.then((value: unknown) => {
      pass(`after ${step}`)
      return value
    })
  }
}

const roleOf = (group: unknown): 'observe' | 'assemble' => (String(group).endsWith('.observe') ? 'observe' : 'assemble')

wrap(KafkaLog.prototype, 'createTopics', () => 'create topics')
wrap(KafkaLog.prototype, 'close', () => 'close')
wrap(KafkaLog.prototype, 'append', ([topic, records]) => appendStep(String(topic), records as { headers?: object }[]))
wrap(KafkaLog.prototype, 'consume', ([group]) => `join ${roleOf(group)}`)
wrap(Observer.prototype, 'observe', () => 'observe')
wrap(Assembler.prototype, 'addPane', () => 'pane read')
wrap(LedgerChain.prototype, 'add', () => 'ledger read back')
wrap(SliceView.prototype, 'apply', ([, , slices]) => ((slices as unknown[]).length > 0 ? 'view write' : null))
wrap(Follower.prototype, 'onSlices', ([records]) => ((records as unknown[]).length > 0 ? 'slice read back' : null))
wrap(Follower.prototype, 'onAlerts', ([records]) => ((records as unknown[]).length > 0 ? 'alert read back' : null))

function appendStep(topic: string, records: readonly { headers?: object }[]): Step | null {
  const [kind] = /[^.]+$/.exec(topic)!
  if (kind === 'ledger') return 'ledger append'
  if (kind === 'slices') return 'slice append'
  if (kind === 'alerts') return 'alert append'
  if (kind === 'quarantine') return 'quarantine append'
  const { kind: what } = (records[0]?.headers ?? {}) as { kind?: string }
  return what === 'progress' ? 'progress append' : 'pane append'
}

/** What is behind the group: its handler, and who commits and leaves. */
const joined = KafkaLog.prototype.consume
KafkaLog.prototype.consume = async function (group, topics, handler): Promise<GroupConsumer> {
  const role = roleOf(group)
  const watched: GroupHandler = {
    assigned: (assignments) => handler.assigned(assignments),
    batch: (batch) => handler.batch(batch),
  }
  wrap(watched, 'assigned', () => `assign ${role}`)
  const consumer = await joined.call(this, group, topics, watched)
  wrap(consumer, 'commit', () => `${role} commit`)
  wrap(consumer, 'stop', () => `leave ${role}`)
  return consumer
}

/** The decoder belongs to the stream, and every observer of it has it: wrapped once. */
const decoders = new WeakSet<object>()
const observe = Observer.prototype.observe
Observer.prototype.observe = function (record): boolean {
  const { decoder } = this as unknown as { decoder: object }
  if (!decoders.has(decoder)) wrap(decoder, 'decode', () => 'decode')
  decoders.add(decoder)
  return observe.call(this, record)
}
