/** Runs tasks one after the other, in the order they came; a task that fails does not stop the next. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task)
    this.#last = result.catch(() => undefined) // the caller of this task gets the failure; the next task must not
    return result
  }
}
