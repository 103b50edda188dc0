import { BlockList, isIP } from 'node:net'
import { MonitorError } from '../errors.ts'

/**
 * There is no authentication yet, so the API is for this machine alone: refuses to listen anywhere else unless somebody
 * said that they know.
 */
export function assertBindAllowed(host: string, allowInsecure: boolean): void {
  if (allowInsecure || isLoopback(host)) return
  throw new MonitorError(
    'EVENKEEL_HTTP_LISTEN',
    `refusing to listen on ${host || 'every address'}: the API has no authentication, and others could read it there; ` +
      'listen on 127.0.0.1, or start with --insecure-no-auth',
  )
}

/** `localhost`, 127.0.0.0/8, ::1, and these mapped into IPv6. */
export function isLoopback(host: string): boolean {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  if (bare.toLowerCase() === 'localhost') return true
  const family = isIP(bare)
  return family !== 0 && LOOPBACK.check(bare, family === 6 ? 'ipv6' : 'ipv4')
}

/** The name in a Host header, without its port; null when it is none. */
export function hostName(header: string | undefined): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[^\s:[\]/@]+)(?::\d{1,5})?$/i.exec(header ?? '')
  return match === null ? null : match[1]!
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')
