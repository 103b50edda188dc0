/**
 * Wakes everyone who waits. Take `next` BEFORE looking for work, then await it: so no change falls between the look
 * and the wait.
 */
export class Signal {
  #waiting = Promise.withResolvers<void>()

  get next(): Promise<void> {
    return this.#waiting.promise
  }

  notify(): void {
    const { resolve } = this.#waiting
    this.#waiting = Promise.withResolvers<void>()
    resolve()
  }
}
