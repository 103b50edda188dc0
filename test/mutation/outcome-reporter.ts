import process from 'node:process'
import type { TestEvent } from 'node:test/reporters'

/**
 * `outcome {"ran":12,"failed":1,"refuted":1}`: what a test file said, in one line. Once an assertion has said no the rest is not
 * waited for: it could only say so again.
 */
export default async function* outcomeReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let [ran, failed, refuted] = [0, 0, 0]
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details.type === 'suite') continue
    ran++
    if (type === 'test:pass') continue
    failed++
    if (!isRefuted(data.details.error)) continue
    refuted++
    process.stderr.write(outcome({ ran, failed, refuted }), () => process.exit(1))
    return
  }
  yield outcome({ ran, failed, refuted })
}

function outcome(counts: { ran: number; failed: number; refuted: number }): string {
  return `outcome ${JSON.stringify(counts)}\n`
}

/** An assertion, or a property of fast-check, said no. Anything else is a program that could not even be asked. */
function isRefuted(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'AssertionError' || error.message.startsWith('Property failed')) return true
  return isRefuted(error.cause)
}
