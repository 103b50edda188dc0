/** Host and port of `127.0.0.1:8080` or `[::1]:8080` (the host without brackets); null when it is no address. */
export function parseAddress(text: string): { host: string; port: number } | null {
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  return host === undefined || !(port <= 65_535) ? null : { host, port }
}
