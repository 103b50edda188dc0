import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SharedQuestion } from '../../src/service/shared-question.ts'

describe('a question that many ask', () => {
  it('is put once for all who ask before it is, and again for whoever comes while it is under way', async () => {
    const answers: PromiseWithResolvers<number>[] = []
    const question = new SharedQuestion(() => {
      answers.push(Promise.withResolvers<number>())
      return answers.at(-1)!.promise
    })
    const [first, second] = [question.ask(), question.ask()]
    await Promise.resolve()
    const [third, fourth] = [question.ask(), question.ask()]
    await new Promise(setImmediate)
    assert.equal(answers.length, 1)
    answers[0]!.resolve(1)
    assert.deepEqual(await Promise.all([first, second]), [1, 1])
    await new Promise(setImmediate)
    assert.equal(answers.length, 2)
    answers[1]!.resolve(2)
    assert.deepEqual(await Promise.all([third, fourth]), [2, 2])
  })

  it('that fails fails for those who asked it, and is put again for the next', async () => {
    let times = 0
    const question = new SharedQuestion(() =>
      ++times === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve(times),
    )
    const first = question.ask()
    await assert.rejects(first, /no answer/)
    assert.equal(await question.ask(), 2)
  })
})
