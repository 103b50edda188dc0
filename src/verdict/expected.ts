import type { PolicyConfig } from '../config/shape.ts'
import type { Subject } from './subject.ts'

/** Why the policy expects a change here; null = it does not. A key that the policy leaves out stands for any. */
export function expectedChange(expect: PolicyConfig['expect'], { check, stream, field }: Subject): string | null {
  const found = expect.find(
    (each) =>
      each.check === check &&
      (each.stream === null || each.stream === stream) &&
      (each.field === null || each.field === field),
  )
  return found?.reason ?? null
}
