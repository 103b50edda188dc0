import process from 'node:process'

/**
 * What the developer has set for himself must not reach the program under test; only where Node keeps what it has compiled, since a
 * start is half compiling.
 */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const isOurs = (name: string): boolean => /^(EVENKEEL|NODE_)/.test(name) && name !== 'NODE_COMPILE_CACHE'
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)))
}
