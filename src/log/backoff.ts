/** How long to wait before try number `attempt` (from 0): doubling, jittered by a half, so that many clients spread out. */
export function backoffMs(attempt: number, minMs: number, maxMs: number): number {
  const fullMs = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30))
  return fullMs * (0.5 + Math.random() / 2)
}
