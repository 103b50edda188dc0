import { readFileSync } from 'node:fs'
import type { Draft, RawConfig } from './raw.ts'
import type { Report } from './report.ts'

/** Replaces `passwordFile` and the certificates' files by what stands in them. */
export function readSecretFiles(draft: Draft<RawConfig>, report: Report): void {
  const { sasl, ssl } = draft.kafka ?? {}
  // Where both forms are given, that has been reported already.
  if (sasl?.passwordFile !== undefined && sasl.password === undefined) {
    const password = readText(sasl.passwordFile, ['kafka', 'sasl', 'passwordFile'], report)
    // Editors end a file with a line break, which is no part of the password.
    if (password !== null) sasl.password = password.replace(/\r?\n$/, '')
    if (sasl.password === '') report(['kafka', 'sasl', 'passwordFile'], 'the file is empty')
    delete sasl.passwordFile
  }
  const { alertmanager } = draft
  for (const key of ['password', 'token'] as const) {
    const file = alertmanager?.[`${key}File`]
    if (!alertmanager || file === undefined || alertmanager[key] !== undefined) continue
    const secret = readText(file, ['alertmanager', `${key}File`], report)
    if (secret !== null) alertmanager[key] = secret.replace(/\r?\n$/, '')
    if (alertmanager[key] === '') report(['alertmanager', `${key}File`], 'the file is empty')
    delete alertmanager[`${key}File`]
  }
  if (typeof ssl !== 'object') return
  for (const key of ['ca', 'cert', 'key'] as const) {
    const file = ssl[`${key}File`]
    if (file === undefined || ssl[key] !== undefined) continue
    const pem = readText(file, ['kafka', 'ssl', `${key}File`], report)
    if (pem !== null) ssl[key] = pem
    delete ssl[`${key}File`]
  }
}

function readText(file: string, path: readonly string[], report: Report): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    report(path, `the file cannot be read: ${(error as Error).message}`)
    return null
  }
}
