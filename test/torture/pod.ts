import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Child, GAVE_UP, LEAVES_WITHIN_MS, PATIENCE_MS } from './child.ts'

/** One instance as Kubernetes keeps it: what ends is started again with the file that it has, until it is told to go. */
export class Pod {
  starts = 0
  child: Child
  private readonly configPath: string
  private isWanted = true
  private readonly over: Promise<void>

  constructor(configPath: string) {
    this.configPath = configPath
    this.child = this.start()
    this.over = this.keep()
    this.over.catch(() => undefined) // whoever waits for the pod hears of it
  }

  async isReady(): Promise<void> {
    await this.until('ready', async () => {
      const url = /listening on (http:\S+)/.exec(this.child.output)?.[1]
      if (url === undefined) return false
      return (await fetch(`${url}/readyz`).catch(() => null))?.ok === true
    })
  }

  async hasBegunAnew(): Promise<void> {
    await this.until('started again', async () => this.starts > 1)
  }

  async leaves(): Promise<void> {
    this.isWanted = false
    this.child.kill('SIGTERM')
    const { code } = await this.child.endsWithin(LEAVES_WITHIN_MS, 'leaving')
    assert.equal(code, 0, this.child.lastWords())
    await this.over
  }

  kill(): void {
    this.isWanted = false
    this.child.kill('SIGKILL')
  }

  private start(): Child {
    this.starts++
    return new Child(this.configPath)
  }

  private async keep(): Promise<void> {
    for (;;) {
      const { code } = await this.child.ended
      if (!this.isWanted) return
      assert.equal(code, GAVE_UP, this.child.lastWords())
      this.child = this.start()
    }
  }

  private async until(what: string, isIt: () => Promise<boolean>): Promise<void> {
    for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs; await sleep(50)) {
      if (await Promise.race([isIt(), this.over.then(() => false)])) return
    }
    throw new Error(`${this.configPath} never was ${what}:\n${this.child.lastWords()}`)
  }
}
