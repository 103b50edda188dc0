import { BASELINE } from './constants/baseline.ts'
import { EVIDENCE } from './constants/evidence.ts'
import { POLICY } from './constants/policy.ts'
import { SKETCH } from './constants/sketch.ts'
import { SLICE } from './constants/slice.ts'
import { VERDICT } from './constants/verdict.ts'
import type { Mutant } from './mutant.ts'

/** Every constant that decides a number (docs/statistics.md), room by room. */
export const CONSTANTS: readonly Mutant[] = [...POLICY, ...EVIDENCE, ...BASELINE, ...SKETCH, ...SLICE, ...VERDICT]
