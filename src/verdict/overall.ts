import type { PolicyConfig } from '../config/shape.ts'
import type { CheckVerdict, VerdictKind } from './check.ts'
import { whole } from './figures.ts'

export interface Overall {
  verdict: VerdictKind
  /** One sentence, never empty. */
  reason: string
}

/**
 * The verdict over all checks (contracts.md 2): ERROR if the input failed; else FAIL; else INSUFFICIENT if any check that the
 * policy requires is, or is not there; else PASS. Comparisons with a baseline count only where the policy names them. Inside a
 * segment what has changed fails, and what is too small to tell is no reason to wait, unless the policy names it.
 *
 * @param streams whose checks these are: what the policy requires of others is not missed here
 */
export function overallVerdict(
  checks: readonly CheckVerdict[],
  { require }: Pick<PolicyConfig, 'require'>,
  streams: readonly string[],
  inputFailure: string | null,
): Overall {
  if (inputFailure !== null) return { verdict: 'ERROR', reason: `the input failed: ${inputFailure}` }
  const isRequired = ({ id, against, segment }: CheckVerdict): boolean =>
    require === 'all' ? against !== 'baseline' && segment === null : require.includes(id)
  const counted = checks.filter((check) => check.against !== 'baseline' || isRequired(check))
  for (const verdict of ['ERROR', 'FAIL'] as const) {
    const found = counted.filter((check) => check.verdict === verdict)
    if (found.length > 0) return { verdict, reason: first(found, verdict) }
  }

  const absent = (require === 'all' ? [] : require).filter(
    (id) => streams.some((name) => id.startsWith(`${name}/`)) && !checks.some((check) => check.id === id),
  )
  const unsure = checks.filter((check) => isRequired(check) && check.verdict === 'INSUFFICIENT')
  if (unsure.length > 0) return { verdict: 'INSUFFICIENT', reason: first(unsure, 'INSUFFICIENT') }
  if (absent.length > 0) return { verdict: 'INSUFFICIENT', reason: `required but not judged: ${absent.join(', ')}` }
  const passed = checks.filter(isRequired).length
  if (passed === 0) return { verdict: 'INSUFFICIENT', reason: 'no check is required, so none has shown anything' }
  return { verdict: 'PASS', reason: `${whole(passed)} of ${whole(passed)} required checks passed` }
}

/** The one that is furthest beyond what its effect may be speaks for the others; a segment not where its whole is among them. */
function first(found: readonly CheckVerdict[], verdict: VerdictKind): string {
  const size = ({ effect }: CheckVerdict): number =>
    effect === null || verdict !== 'FAIL' ? 0 : Math.abs(effect.estimate) / effect.threshold
  const ids = new Set(found.map(({ id }) => id))
  const own = found.filter(({ segment, id }) => segment === null || !ids.has(id.slice(0, -`[${segment}]`.length)))
  const loudest = own.reduce((one, other) => (size(other) > size(one) ? other : one))
  const more = found.length - 1
  if (more === 0) return loudest.reason
  return `${loudest.reason} (and ${whole(more)} more ${more === 1 ? 'check is' : 'checks are'} ${verdict})`
}
