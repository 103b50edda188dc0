import { checkAlertmanager } from './meaning-alertmanager.ts'
import { checkJoins } from './meaning-joins.ts'
import { checkPolicy } from './meaning-policy.ts'
import { checkService } from './meaning-service.ts'
import { checkStreams } from './meaning-streams.ts'
import type { Mistake } from './mistake.ts'
import type { Draft, RawConfig } from './raw.ts'
import type { Report } from './report.ts'

/** What a schema cannot say: names that must exist or must not repeat, numbers that must fit each other. */
export function meaningMistakes(draft: Draft<RawConfig>): Mistake[] {
  const mistakes: Mistake[] = []
  const report: Report = (path, message) => void mistakes.push({ path, message })
  checkService(draft, report)
  checkAlertmanager(draft, report)
  checkStreams(draft, report)
  checkJoins(draft, report)
  checkPolicy(draft, report)
  return mistakes
}
