import type { TestEvent } from 'node:test/reporters'

/** `outcome {"ran":12,"failed":1,"refuted":1}`: what a test file said, in one line. */
export default async function* outcomeReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let [ran, failed, refuted] = [0, 0, 0]
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details.type === 'suite') continue
    ran++
    if (type === 'test:pass') continue
    failed++
    if (isRefuted(data.details.error)) refuted++
  }
  yield `outcome ${JSON.stringify({ ran, failed, refuted })}\n`
}

/** An assertion, or a property of fast-check, said no. Anything else is a program that could not even be asked. */
function isRefuted(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'AssertionError' || error.message.startsWith('Property failed')) return true
  return isRefuted(error.cause)
}
