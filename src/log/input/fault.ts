import { MonitorError } from '../../errors.ts'

/** What is wrong with an input, and where: `events.ndjson.gz: behind line 1203: the gzip data ends too early`. */
export function unreadable(path: string, place: string, error: unknown): MonitorError {
  const where = place === '' ? path : `${path}: ${place}`
  return new MonitorError('EVENKEEL_INPUT_UNREADABLE', `${where}: ${wordsFor(error)}`, { cause: error })
}

function wordsFor(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'Z_BUF_ERROR':
      return 'the compressed data ends too early'
    case 'Z_DATA_ERROR':
      return `the compressed data is damaged (${message})`
    case 'ENOENT':
      return 'there is no such file'
    case 'EACCES':
    case 'EPERM':
      return 'we are not allowed to read it'
    default:
      return message
  }
}
