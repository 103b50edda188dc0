import type { Against, CheckName } from './check.ts'

/** Which check: of what, and against what. */
export interface Subject {
  id: string
  stream: string
  check: CheckName
  /** null where a check has none; for engagement the metric's name. */
  field: string | null
  segment: string | null
  against: Against
  /** Where it is the control that is compared with something else; left out everywhere else. */
  cohort?: 'control'
}

/** `<stream>/<check>[/<field>]`, then `@baseline`, `@plan` or `@contract`, then `[segment=value]` (contracts.md 2). */
export function subjectOf(
  stream: string,
  check: CheckName,
  field: string | null = null,
  against: Against = 'control',
  segment: string | null = null,
): Subject {
  const base = field === null ? `${stream}/${check}` : `${stream}/${check}/${field}`
  const id = `${base}${against === 'control' ? '' : `@${against}`}${segment === null ? '' : `[${segment}]`}`
  return { id, stream, check, field, segment, against }
}

type Titled = Pick<Subject, 'check' | 'field' | 'against'> & {
  segment?: string | null
  cohort?: 'control' | 'candidate'
}

/** As a sentence begins: `missing user.age`, `schema against the contract`. */
export function titleOf(subject: Titled): string {
  const { check, field, against, cohort, segment = null } = subject
  const name = `${field === null ? check : `${check} ${field}`}${segment === null ? '' : ` [${segment}]`}`
  switch (against) {
    case 'control':
      return name
    case 'contract':
      return `${name} against the contract`
    case 'plan':
      return `${name} against the plan`
    case 'baseline':
      return `${name}${cohort === 'control' ? ' of the control' : ''} against the baseline`
  }
}
