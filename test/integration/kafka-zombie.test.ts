import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, numbered, Recorder } from '../contract/log-recorder.ts'
import { setUp } from './kafka-setup.ts'

it(
  '(g) a member that sleeps longer than its session cannot commit when it wakes up',
  { timeout: 240_000 },
  async (t) => {
    const setup = await setUp()
    if (setup === null) return t.skip('no broker on this machine')
    const topic = await setup.topic()
    const group = `g-${topic}`
    const log = setup.log()
    await log.append(topic, numbered(3))

    const program = new URL('./kafka-zombie-member.ts', import.meta.url).pathname
    const zombie = spawn(process.execPath, [program, setup.broker.bootstrap, topic, group], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines: string[] = []
    createInterface(zombie.stdout).on('line', (line) => lines.push(line))
    await eventually(
      () => lines.includes('has a batch'),
      () => lines,
    )
    zombie.kill('SIGSTOP')
    await sleep(1_100)

    const recorder = new Recorder()
    const consumer = await log.consume(group, [topic], recorder)
    await eventually(
      () => recorder.records.length === 3,
      () => recorder.values(),
    )
    await consumer.commit([{ topic, partition: 0, offset: 1, metadata: 'the living' }])
    zombie.stdin.write('go on\n')
    zombie.kill('SIGCONT')
    await eventually(
      () => lines.length > 1,
      () => lines,
    )
    assert.match(lines[1]!, /^refused: .*no longer ours/)
    const [offsets] = await setup.admin.fetchOffsets({ groupId: group, topics: [topic] })
    assert.deepEqual(offsets!.partitions, [{ partition: 0, offset: '1', metadata: 'the living' }])

    zombie.kill('SIGKILL')
    await setup.close()
  },
)
