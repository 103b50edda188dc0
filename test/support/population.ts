import type { Config } from '../../src/config/shape.ts'
import type { AlertNotice } from '../../src/alert/notice.ts'
import type { CheckVerdict } from '../../src/verdict/check.ts'
import type { OpenPane } from '../../src/pane/open-pane.ts'
import type { PartitionEntry } from '../../src/slice/slice.ts'
import { configOf, JudgeRun, START_MS } from './slices.ts'
import type { TestEvent } from './slices.ts'

/** A stream without fields: only who comes, in which cohort, and how often. */
export function populationConfig(stream: Record<string, unknown> = {}, policy: Record<string, unknown> = {}): Config {
  return configOf({ fields: [], ...stream }, policy)
}

/** Start of the slice after so many others, as an allocation writes it. */
export function slicesIn(slices: number): string {
  return new Date(START_MS + slices * 300_000).toISOString()
}

/** Slices of people: each `u…` comes once; `news` makes units that never came before. */
export class PopulationRun {
  readonly run: JudgeRun
  #next = 0

  constructor(config: Config, isReplay = false) {
    this.run = new JudgeRun(config, { isReplay, isSealed: false })
  }

  /** So many units that have never come before. */
  news(count: number): string[] {
    return Array.from({ length: count }, () => `u${this.#next++}`)
  }

  add(
    control: readonly string[],
    candidate: readonly string[],
    options: Partial<Options> = {},
  ): readonly AlertNotice[] {
    const eventsOf = (cohort: TestEvent['cohort'], units: readonly string[]): TestEvent[] =>
      units.map((unit) => ({ unit, cohort, values: {} }))
    const { isDeaf = false, more } = options
    const partitions: PartitionEntry[] = [
      { partition: 0, pane: isDeaf ? 'incomplete' : 'sha256:pane', idle: false, lost: 0 },
    ]
    const events = [...eventsOf('control', control), ...eventsOf('candidate', candidate)]
    return this.run.add(events, { partitions, ...(more === undefined ? {} : { more }) })
  }

  /** The same slice many times over: new units in each. All notices, as `type check`. */
  times(slices: number, control: number, candidate: number, options: Partial<Options> = {}): string[] {
    return Array.from({ length: slices }, (_, at) =>
      told(this.add(this.news(control), this.news(candidate), options)).map((each) => `${at + 1}: ${each}`),
    ).flat()
  }

  check(name: CheckVerdict['check']): CheckVerdict {
    return this.run.judge.checks().find(({ check }) => check === name)!
  }
}

export interface Options {
  /** The partition did not answer in time. */
  isDeaf: boolean
  more: (pane: OpenPane, hash: (unit: string) => { first: number; second: number }) => void
}

export function told(notices: readonly AlertNotice[]): string[] {
  return notices.map(({ type, alert }) => `${type} ${alert.check}`)
}
