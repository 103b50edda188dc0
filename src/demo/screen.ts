import type { Config } from '../config/shape.ts'
import type { Io } from '../commands/main.ts'
import type { LogRecord } from '../log/log.ts'
import type { Alert } from '../verdict/check.ts'
import { withoutOthers } from '../verdict/reason.ts'
import { DEMO_START_MS } from './events.ts'
import type { Fault } from './events.ts'

/** What the person at the terminal sees: counts by the hour, the fault as it strikes, each alert with its reason. */
export class DemoScreen {
  firingCount = 0
  /** What was told last: alerts of one cause are told under one heading. */
  private lastNotice = ''
  private readonly io: Io
  private readonly url: string

  constructor(io: Io, url: string) {
    this.io = io
    this.url = url
  }

  begin({ streams }: Config, slicesPerSecond: number): void {
    const { fields, engagement } = streams[0]!
    this.print(
      `Evenkeel watches real impressions of the Open Bandit Dataset: model m1 (control) against m2 (candidate),`,
      `${fields.length} fields, ${engagement.length} rate, ${slicesPerSecond} five-minute slices of event time a second.`,
      '',
      `  see it    ${this.url}/`,
      `  metrics   ${this.url}/metrics`,
      `  alerts    ${this.url}/api/v1/alerts`,
      `  compare   ${this.url}/api/v1/compare?stream=impressions&field=user_feature_2`,
      `  all of it ${this.url}/openapi.json`,
      '',
    )
  }

  /** The counts as the API tells them: the screen has no other source than a user has. */
  async hour(slices: number): Promise<void> {
    const response = await fetch(`${this.url}/api/v1/streams/impressions/cohorts`)
    const { cohorts } = (await response.json()) as { cohorts: { name: string; events: number; units: number }[] }
    const counts = cohorts
      .filter(({ name }) => name !== 'other')
      .map(({ name, events, units }) => `${name} ${count(events)} events of ${count(units)} visitors`)
    this.print(`${clock(DEMO_START_MS + slices * 300_000)}  ${counts.join(', ')}, ${this.firingCount} firing`)
  }

  fault({ says, fromMs }: Fault): void {
    this.print(`${clock(fromMs)}  (unknown to the monitor: ${says})`)
  }

  alert({ value }: LogRecord): void {
    const { type, time, data } = JSON.parse(value!.toString('utf8')) as { type: string; time: string; data: Alert }
    const notice = [type, time, data.group].join()
    const isFirst = notice !== this.lastNotice
    this.lastNotice = notice
    const kind = type.split('.').at(-2)!
    if (kind === 'firing') this.firingCount++
    if (kind === 'resolved') this.firingCount--
    const name = [data.check, data.field].filter((part) => part !== null).join(' ')
    if (!isFirst) return this.print(`       and ${data.severity}  ${withoutOthers(data.reason)}`)
    this.print(
      '',
      `${clock(Date.parse(time))}  ${kind.toUpperCase()} ${data.severity}  ${name}`,
      `       ${data.reason}`,
    )
  }

  end(): void {
    this.print('', 'The day is over. The API goes on answering; Ctrl-C ends the demo.')
  }

  private print(...lines: string[]): void {
    this.io.stdout.write(`${lines.join('\n')}\n`)
  }
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16)
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
