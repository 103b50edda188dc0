import { MonitorError } from '../errors.ts'

/** What KafkaJS throws, as plain facts of ours. `doing` completes "Kafka failed while ...". */
export function kafkaError(error: unknown, doing: string): MonitorError {
  if (error instanceof MonitorError) return error
  const root = rootCause(error)
  const type = errorType(error)
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') {
    return new MonitorError('EVENKEEL_TOPIC_MISSING', `${doing}: the topic does not exist`, { cause: error })
  }
  const message = `${doing}: ${root.message}`
  if (isConnectionError(root))
    return new MonitorError('EVENKEEL_LOG_UNREACHABLE', message, { retriable: true, cause: error })
  const retriable = (root as { retriable?: boolean }).retriable ?? false
  return new MonitorError('EVENKEEL_LOG_FAILED', message, { retriable, cause: error })
}

/** Kafka's own name of a protocol error, wherever KafkaJS has wrapped it. */
export function errorType(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++) {
    const { type, errors } = at as Error & { type?: unknown; errors?: readonly unknown[] }
    if (typeof type === 'string') return type
    if (Array.isArray(errors) && errors.length > 0) return errorType(errors[0])
  }
  return null
}

function rootCause(error: unknown): Error {
  let at: unknown = error
  for (let depth = 0; at instanceof Error && at.cause instanceof Error && depth < 10; depth++) at = at.cause
  return at instanceof Error ? at : new Error(String(at))
}

/** Nobody answered, as against: somebody answered "no". */
function isConnectionError(error: Error): boolean {
  if (/^KafkaJS(Connection|ConnectionClosed|RequestTimeout|BrokerNotFound|NoBrokerAvailable)Error$/.test(error.name))
    return true
  if (error.name === 'KafkaJSBrokerNotFound') return true
  // Where every broker it knows has just gone away, KafkaJS's admin takes no answer for one, and reads on in null.
  if (error instanceof TypeError && error.message.includes("reading 'topicMetadata'")) return true
  return /^(ECONN|ENOTFOUND|EAI_|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/.test(
    (error as NodeJS.ErrnoException).code ?? '',
  )
}
