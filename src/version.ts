import { readFileSync } from 'node:fs'

/** The package's own version: in verdicts, metrics and `--version`. One folder up from src/ as from dist/. */
export const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version
