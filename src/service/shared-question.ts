/**
 * One answer for all who ask at about the same time, and never one to a question that was put before somebody asked: what is under
 * way when he comes he does not take, but waits for the next, with all who come meanwhile.
 *
 *   asked      a        b c d
 *   put        ├── a ───┤├── b, c, d ───┤
 */
export class SharedQuestion<T> {
  private readonly put: () => Promise<T>
  private last: Promise<unknown> = Promise.resolve()
  private next: Promise<T> | null = null

  constructor(put: () => Promise<T>) {
    this.put = put
  }

  ask(): Promise<T> {
    this.next ??= this.last.then(() => {
      this.next = null
      const answer = this.put()
      this.last = answer.catch(() => undefined) // whoever asked is told; who asks next puts it again
      return answer
    })
    return this.next
  }
}
