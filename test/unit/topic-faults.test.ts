import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ownTopicSpecs } from '../../src/config/topic-specs.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { startService } from '../../src/service.ts'
import { faultText, topicFaults } from '../../src/service/topic-faults.ts'
import type { TopicStanding } from '../../src/service/topic-faults.ts'
import { readConfig } from '../../src/config/load.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { shopConfig } from '../support/traffic.ts'

const config = readConfig(JSON.stringify(shopConfig({}, { http: { listen: '127.0.0.1:0' } })), 'test.yaml', {})
const [panes, , alerts, ledger] = ownTopicSpecs(config, { brokerCount: 3 })

function told(spec = panes!, standing: Partial<TopicStanding> = {}, settings: Record<string, string> = {}): string {
  const whole = { ...spec.config, ...settings }
  const faults = topicFaults(spec, {
    ...{ partitions: spec.partitions, copies: 3, inSync: 3, settings: new Map(Object.entries(whole)) },
    ...standing,
  })
  return faults.length === 0 ? '' : faultText(faults)
}

describe('a topic of ours', () => {
  it('is right as we make it, and with more than we ask for', () => {
    assert.equal(told(), '')
    assert.equal(told(panes, { partitions: 50, copies: 5, inSync: 4 }, { 'retention.ms': '-1', 'max.message.bytes': '9999999' }), '') // prettier-ignore
    assert.equal(told(alerts, { copies: null, inSync: null, settings: null }), '')
  })

  const wrong: [string, string, RegExp][] = [
    ['cleanup.policy', 'compact', /cleanup\.policy is compact and must be delete: change it with kafka-configs/],
    ['cleanup.policy', 'compact,delete', /cleanup\.policy is compact,delete/],
    ['retention.ms', '1000', /retention\.ms is 1000 and must be 172800000 or more/],
    ['max.message.bytes', '1000', /max\.message\.bytes is 1000 and must be 1048588 or more/],
    ['min.insync.replicas', '1', /may stand on one broker alone; it must be 2/],
    ['min.insync.replicas', '4', /is 4 and it has only 3 copies, so nothing can be written; it must be 2/],
  ]
  for (const [name, value, expected] of wrong) {
    it(`is wrong with ${name}=${value}`, () => assert.match(told(panes, {}, { [name]: value }), expected))
  }

  it('is wrong with one copy where there could be more, with too few up to date, with a chain cut in two', () => {
    assert.match(told(panes, { copies: 1, inSync: 1 }, { 'min.insync.replicas': '1' }), /1 copy, which is lost with its broker/) // prettier-ignore
    assert.match(told(panes, { inSync: 1 }), /of 3 copies 1 are in sync and min\.insync\.replicas is 2/)
    assert.match(told(ledger, { partitions: 2 }), /it has 2 partitions and must have 1/)
    assert.match(told(ledger, {}, { 'retention.ms': '5' }), /retention\.ms is 5 and must be -1/)
  })

  it('loses what must be kept only where it is compacted', () => {
    const lossOf = (settings: Record<string, string>): boolean[] =>
      topicFaults(ledger!, { partitions: 1, copies: 3, inSync: 3, settings: new Map(Object.entries({ ...ledger!.config, ...settings })) }).map(({ isLoss }) => isLoss) // prettier-ignore
    assert.deepEqual(lossOf({ 'cleanup.policy': 'compact' }), [true])
    assert.deepEqual(lossOf({ 'retention.ms': '5' }), [false])
  })

  it('that is not right is told by a service that runs, beside the condition', async () => {
    const log = new MemoryLog()
    await log.createTopics(
      ['shop.events', 'evenkeel.alerts'].map((topic) => ({ topic, partitions: 2, replicationFactor: 1, config: {} })),
    )
    const service = await startService(config, { log, memoryView: true, logger: createLogger({ instance: 'test', level: 'silent' }) }) // prettier-ignore
    try {
      const answer = (await (await fetch(`${service.url}/readyz?verbose`)).json()) as { status: string; conditions: { name: string; met: boolean; detail: string }[] } // prettier-ignore
      const { met, detail } = answer.conditions.find(({ name }) => name === 'topics')!
      assert.deepEqual([answer.status, met], ['ok', true])
      assert.match(detail, /evenkeel\.alerts: it has 2 partitions and must have 1/)
    } finally {
      await service.stop()
      await log.close()
    }
  })
})
