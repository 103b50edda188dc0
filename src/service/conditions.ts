import type { Condition } from '../http/facts.ts'

/** What has to hold before the service is ready, in the order it comes about; `/readyz` shows each by name. */
export class Conditions {
  private readonly list: Condition[]
  private readonly notes = new Map<string, () => string>()
  private isStopping = false
  private wasReady = false

  constructor(names: readonly string[]) {
    this.list = names.map((name) => ({ name, isMet: false, detail: 'not yet' }))
  }

  /** `detail`: what is not as it should be, and ends nothing. */
  met(name: string, detail = ''): void {
    this.set(name, true, detail)
    this.wasReady ||= this.list.every(({ isMet }) => isMet)
  }

  /** What is to be said of it by the way while it is met: '' = nothing. */
  noted(name: string, note: () => string): void {
    this.notes.set(name, note)
  }

  /** `detail` names what does not answer. */
  unmet(name: string, detail: string): void {
    this.set(name, false, detail)
  }

  /** From here on not ready: load balancers look elsewhere while the rest stops. */
  stopping(): void {
    this.isStopping = true
  }

  get hasBeenReady(): boolean {
    return this.wasReady
  }

  all(): readonly Condition[] {
    const noted = this.list.map((each) => ({ ...each, detail: each.detail || (this.notes.get(each.name)?.() ?? '') }))
    return [...noted, { name: 'running', isMet: !this.isStopping, detail: this.isStopping ? 'stopping' : '' }]
  }

  private set(name: string, isMet: boolean, detail: string): void {
    const condition = this.list.find((each) => each.name === name)!
    condition.isMet = isMet
    condition.detail = detail
  }
}
