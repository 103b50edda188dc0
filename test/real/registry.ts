import { missingTools, skipLoudly } from './missing-tools.ts'
import { start } from './registry-local.mjs'

export interface RealRegistry {
  url: string
  kill(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

/** A real schema registry of this test's own, or null (with the reason printed) when this machine cannot run one. */
export async function realRegistry(options?: Parameters<typeof start>[0]): Promise<RealRegistry | null> {
  const missing = await missingTools(['java', 'mvn', 'tar'])
  if (missing.length > 0) return skipLoudly('the schema registry', missing)
  return start(options)
}
