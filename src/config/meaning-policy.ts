import { declaredChecks } from './declared-checks.ts'
import { DEFAULTS, EFFECT_ALIASES, POLICY_DEFAULTS } from './defaults.ts'
import { parseDuration } from './duration.ts'
import { wordUnknownStream } from './meaning-engagement.ts'
import type { Report } from './report.ts'
import type { DraftStream } from './meaning-streams.ts'
import { nearest } from './nearest.ts'
import type { Draft, RawConfig, RawPolicy } from './raw.ts'

export function checkPolicy(draft: Draft<RawConfig>, report: Report): void {
  const policy = draft.policy ?? {}
  const streams = (draft.streams ?? []).filter((stream) => stream !== undefined)
  checkHorizon(draft, report)
  const names = Object.keys(POLICY_DEFAULTS.shares) as (keyof typeof POLICY_DEFAULTS.shares)[]
  const sum = names.reduce((total, name) => total + (policy.shares?.[name] ?? POLICY_DEFAULTS.shares[name]), 0)
  if (sum > 1 + 1e-9) {
    report(['policy', 'shares'], `the four shares add up to ${Number(sum.toPrecision(6))}: at most 1 can be spent`)
  }
  for (const table of ['effectMin', 'margin'] as const) {
    for (const [alias, name] of Object.entries(EFFECT_ALIASES)) {
      const given = policy[table] ?? {}
      if (alias in given && name in given)
        report(['policy', table, alias], `is another spelling of "${name}", which is given too`)
    }
  }
  if (Array.isArray(policy.require)) checkRequire(policy.require, streams, report)
  checkExpect(policy, streams, report)
}

function checkHorizon(draft: Draft<RawConfig>, report: Report): void {
  const text = draft.policy?.horizon ?? DEFAULTS.horizon
  const horizonMs = parseDuration(text)
  const lengthMs = parseDuration(draft.panes?.length ?? DEFAULTS.panes.length)
  if (horizonMs === null) report(['policy', 'horizon'], `"${text}" is too long`)
  else if (lengthMs !== null && horizonMs < lengthMs)
    report(['policy', 'horizon'], `"${text}" is shorter than one pane`)
}

function checkRequire(ids: readonly (string | undefined)[], streams: readonly DraftStream[], report: Report): void {
  const known = streams.flatMap((stream) =>
    declaredChecks(stream).map(({ check, field }) =>
      [stream.name, check, ...(field === null ? [] : [field])].join('/'),
    ),
  )
  for (const [at, id] of ids.entries()) {
    if (id === undefined || known.includes(baseOf(id, known))) continue
    const near = nearest(id, known)
    const advice = near === undefined ? '' : `; ${near.isClose ? 'did you mean' : 'the nearest is'} "${near.word}"`
    report(['policy', 'require', at], `no check has the id "${id}"${advice}`)
  }
}

/** A check id without `@baseline`, `@plan`, `@contract` and `[segment=value]`; as it is where a field's own name ends so. */
function baseOf(id: string, known: readonly string[]): string {
  return known.includes(id) ? id : id.replace(/\[[^[\]=]+=.*\]$/s, '').replace(/@(baseline|plan|contract)$/, '')
}

function checkExpect(policy: Draft<RawPolicy>, streams: readonly DraftStream[], report: Report): void {
  for (const [at, expected] of (policy.expect ?? []).entries()) {
    if (expected?.check === undefined) continue
    const path = ['policy', 'expect', at]
    const { check, stream: name, field } = expected
    const wanted = name === undefined || name === null ? streams : streams.filter((stream) => stream.name === name)
    if (wanted.length === 0) {
      if (name) report([...path, 'stream'], wordUnknownStream(name, streams))
      continue
    }
    const where = name ? `stream ${name}` : 'any stream'
    const declared = wanted.flatMap(declaredChecks).filter((each) => each.check === check)
    if (declared.length === 0) report([...path, 'check'], `no check "${check}" is asked for in ${where}`)
    else if (field !== undefined && field !== null && !declared.some((each) => each.field === field)) {
      const near = nearest(
        field,
        declared.flatMap((each) => each.field ?? []),
      )
      const advice = near === undefined ? '' : `; ${near.isClose ? 'did you mean' : 'the nearest is'} "${near.word}"`
      report([...path, 'field'], `no check "${check}" of "${field}" is asked for in ${where}${advice}`)
    }
  }
}
