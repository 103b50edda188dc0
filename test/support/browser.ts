import { existsSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

/** For `describe`'s option `skip`. In CI a missing browser is a failure: the script that starts the tests there installs it. */
export function skipWithoutBrowser(): string | false {
  if (process.env.CI !== undefined || browserPath() !== null) return false
  const message = 'SKIPPED: the pages are not tested in a browser, there is no chromium here (apt install chromium)'
  process.stderr.write(`\n*** ${message}\n\n`)
  return message
}

/** Debian's Chromium. Tests run as root in containers, where its sandbox cannot be had; it only ever sees our own pages. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = browserPath()
  if (executablePath === null) throw new Error('there is no chromium on the PATH (apt install chromium)')
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
    timeout: 120_000,
  })
}

function browserPath(): string | null {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => !folder.includes('node_modules'))
  return folders.map((folder) => path.join(folder, 'chromium')).find((file) => existsSync(file)) ?? null
}
