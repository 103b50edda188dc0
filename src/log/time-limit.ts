import { MonitorError } from '../errors.ts'

/** The promise's answer, or a retriable EVENKEEL_LOG_UNREACHABLE when it takes too long. The work itself goes on. */
export async function withinMs<T>(promise: Promise<T>, limitMs: number, doing: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${doing}: no answer within ${limitMs} ms`
      reject(new MonitorError('EVENKEEL_LOG_UNREACHABLE', message, { retriable: true }))
    }, limitMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
    promise.catch(() => undefined) // it may fail after we stopped listening
  }
}
