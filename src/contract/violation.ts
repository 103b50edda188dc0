/** The closed list of reasons (contracts.md 2). */
export const REJECTING_REASONS = [
  'undecodable',
  'unknown-schema',
  'oversized',
  'bad-timestamp',
  'future-timestamp',
  'missing-cohort',
] as const
export const SETTING_ASIDE_REASONS = ['missing-required', 'wrong-type', 'not-in-values'] as const
export type RejectingReason = (typeof REJECTING_REASONS)[number]
export type SettingAsideReason = (typeof SETTING_ASIDE_REASONS)[number]
export type ViolationReason = RejectingReason | SettingAsideReason
export const VIOLATION_REASONS: readonly ViolationReason[] = [...REJECTING_REASONS, ...SETTING_ASIDE_REASONS]
