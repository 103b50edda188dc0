import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Which of these programs are not on the PATH. */
export async function missingTools(names: readonly string[]): Promise<string[]> {
  const missing: string[] = []
  for (const name of names) if (!(await isOnPath(name))) missing.push(name)
  return missing
}

/** Says what is not tested, and why. In CI a skipped test would be a lie: there it throws. */
export function skipLoudly(what: string, missing: readonly string[]): null {
  const message = `NOT TESTED against ${what}: ${missing.join(' and ')} not found on the PATH (Java 17+ and Maven are needed)`
  if (process.env['CI']) throw new Error(message)
  process.stderr.write(`\n*** ${message}\n\n`)
  return null
}

async function isOnPath(name: string): Promise<boolean> {
  if (name === 'java' && process.env['JAVA_HOME']) return true
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = await access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false, // not in this folder
    )
    if (found) return true
  }
  return false
}
