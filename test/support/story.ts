import assert from 'node:assert/strict'
import type { SlotValue } from '../../src/decode/decoder.ts'
import type { PartitionEntry } from '../../src/slice/slice.ts'
import { groupAlerts } from '../../src/alert/group-alerts.ts'
import { titleOf } from '../../src/verdict/subject.ts'
import { watchList } from '../../src/verdict/watch-list.ts'
import { configOf, JudgeRun, normalOf, randomOf } from './slices.ts'
import type { TestEvent } from './slices.ts'
import type { Step } from './transcript.ts'

/**
 * A stream's life in a few words, from slices to alerts. Commands:
 *
 *   stream expect=numeric/price levels=10 plan=0.9/0.1|none   price, country, member and clicked (which click_rate counts)
 *          required=price segment=country length=2h
 *   slices count=12 events=500/500 …               so many slices of so many events of control/candidate; then what differs:
 *            null=0/0.02  higher=0/5  wider=1/2  click=0.1/0.06  new=0/0.03  wrong=0/0.05  units=400/400  lost=12
 *            where=de (what differs, differs in this country only)
 *            other=0/0.02 (events by units of the other cohort)  deaf=yes (the partition did not answer)
 *   checks [only=missing/price]                    verdicts of the checks, at the last slice
 *   verdict                                        the overall verdict
 *   alerts                                         as last published
 *   groups                                         the same, one line for each notice
 *   watch                                          the watch list
 */
export class Story {
  #run: JudgeRun | null = null
  readonly #random = randomOf(4)
  readonly #normal = normalOf(this.#random)

  tell(step: Step): string {
    switch (step.command) {
      case 'stream':
        return this.#stream(step.arguments)
      case 'slices':
        return this.#slices(step.arguments)
      case 'checks':
        return this.#checks(step.arguments['only'])
      case 'verdict': {
        const { verdict, reason } = this.#run!.judge.verdict()
        return `${verdict}: ${reason}`
      }
      case 'groups':
        return lines(
          groupAlerts(this.#run!.judge.alerts()).map(({ firedAtMs, severity, state, alerts }) => {
            const names = alerts.map((alert) => titleOf(alert)).join(', ')
            return `${new Date(firedAtMs).toISOString().slice(5, 16)} ${state} ${severity}: ${names}`
          }),
        )
      case 'watch':
        return lines(
          watchList(this.#run!.judge.watched()).map(
            ({ id, firing, nats, thresholdNats }) =>
              `${id}${firing ? ' (firing)' : ''}: ${nats.toFixed(1)} nats, an alarm needs ${thresholdNats.toFixed(1)}`,
          ),
        )
      case 'alerts':
        return lines(
          this.#run!.judge.alerts().map(
            ({ state, severity, direction, reason }) => `${state} ${severity} ${direction}: ${reason}`,
          ),
        )
      default:
        assert.fail(`no such command: ${step.command}`)
    }
  }

  #stream({ expect, replay, levels, required, segment, length = '5m', plan = '0.5/0.5' }: Step['arguments']): string {
    const [check, field] = expect?.split('/') ?? []
    const expected = check === undefined ? [] : [{ check, stream: 'shop', field, reason: 'new ranking' }]
    const policy = { expect: expected, ...(levels === undefined ? {} : { levels: Number(levels) }) }
    const config = configOf(
      {
        fields: [
          { name: 'price', kind: 'numeric', required: required === 'price' },
          { name: 'country', kind: 'categorical', ...(segment === 'country' ? { role: 'segment' } : {}) },
          { name: 'member', kind: 'boolean' },
          { name: 'clicked', kind: 'boolean', role: 'label' },
        ],
        engagement: [{ name: 'click_rate', rate: { field: 'clicked', equals: true } }],
        allocation:
          plan === 'none' ? null : { control: Number(plan.split('/')[0]), candidate: Number(plan.split('/')[1]) },
      },
      policy,
      { length },
    )
    this.#run = new JudgeRun(config, { isReplay: replay === 'yes', codeVersion: 'test' })
    return `${this.#run.judge.checks().length} checks`
  }

  #slices(words: Step['arguments']): string {
    const notices: string[] = []
    for (let at = 0; at < Number(words['count']); at++) {
      const pane = words['deaf'] === 'yes' ? 'incomplete' : 'sha256:pane'
      const partitions: PartitionEntry[] = [{ partition: 0, pane, idle: false, lost: Number(words['lost'] ?? 0) }]
      for (const { type, sliceEndMs, alert } of this.#run!.add(this.#events(words), { partitions })) {
        notices.push(`${new Date(sliceEndMs).toISOString().slice(5, 16)} ${type}: ${alert.reason}`)
      }
    }
    return lines(notices)
  }

  #checks(only?: string): string {
    const checks = this.#run!.judge.checks().filter(({ id }) => only === undefined || id === `shop/${only}`)
    return lines(
      checks.map(({ id, verdict, expected, reason }) => `${id} ${verdict}${expected ? ' (expected)' : ''}: ${reason}`),
    )
  }

  #events(words: Step['arguments']): TestEvent[] {
    const of = (name: string, otherwise: number): [number, number] => {
      const [control, candidate] = (words[name] ?? `${otherwise}/${otherwise}`).split('/').map(Number)
      return [control!, candidate ?? control!]
    }
    const counts = of('events', 500)
    const units = of('units', 2000)
    const shares = { null: of('null', 0), click: of('click', 0.1), new: of('new', 0), wrong: of('wrong', 0) }
    const other = of('other', 0)
    const [higher, wider] = [of('higher', 0), of('wider', 1)]
    const events: TestEvent[] = []
    for (const at of [0, 1] as const) {
      for (let i = 0; i < counts[at]; i++) {
        const price = 20 + higher[at] + 5 * wider[at] * this.#normal()
        const values: Record<string, SlotValue> = {
          price: this.#happens(shares.null[at]) ? null : this.#happens(shares.wrong[at]) ? 'n/a' : price,
          country: this.#happens(shares.new[at]) ? 'xx' : COUNTRIES[Math.floor(this.#random() * COUNTRIES.length)],
          member: this.#happens(0.3),
          clicked: this.#happens(shares.click[at]),
        }
        if (words['where'] !== undefined && values['country'] !== words['where']) {
          values['price'] = price
          values['clicked'] = this.#happens(shares.click[0])
        }
        // No draw where nobody crosses: stories told before keep their events.
        const isOther = other[at] > 0 && this.#happens(other[at])
        const unit = `${(at === 0) !== isOther ? 'a' : 'b'}${Math.floor(this.#random() * units[at])}`
        events.push({ unit, cohort: at === 0 ? 'control' : 'candidate', values })
      }
    }
    return events
  }

  #happens(share: number): boolean {
    return this.#random() < share
  }
}

const COUNTRIES = ['at', 'de', 'fr', 'it', 'pl']

function lines(parts: readonly string[]): string {
  return parts.length === 0 ? 'nothing' : parts.join('\n')
}
