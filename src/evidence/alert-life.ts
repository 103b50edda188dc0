/**
 * The life of one alert, slice by slice (docs/statistics.md 8; golden section `alert-life`).
 *
 *   inactive ──drifted──► firing ──`clear` calm slices──► resolved ──drifted──► firing
 *
 * A slice that cannot tell (calm = null) neither counts nor resets: a quiet night must not resolve an alert, nor start
 * its count anew. After resolving, windows start at `mark`, so that the fault that is over is not found again.
 */
export interface AlertLife {
  state: 'inactive' | 'firing' | 'resolved'
  /** Calm slices in a row so far; 0 unless firing. */
  calmCount: number
  /** Windows that start before this slice are not looked at. */
  mark: number
}

export interface AlertStep {
  drifted: boolean
  /** Is the effect surely small again? null: no window can tell. Looked at only while firing. */
  calm: boolean | null
  /** Start of the window that told; null when none did. */
  calmStart: number | null
}

export type AlertAction = 'none' | 'open' | 'keep' | 'resolve'

/** How an alert begins, and begins anew at a release's first slice (there with that slice as mark). */
export const INACTIVE: AlertLife = { state: 'inactive', calmCount: 0, mark: 0 }

/** @param clear calm slices that resolve an alert: see `clearOf` */
export function stepAlertLife(
  life: AlertLife,
  step: AlertStep,
  clear: number,
): { life: AlertLife; action: AlertAction } {
  if (life.state !== 'firing') {
    return step.drifted
      ? { life: { ...life, state: 'firing', calmCount: 0 }, action: 'open' }
      : { life, action: 'none' }
  }
  if (step.calm === null) return { life, action: 'keep' }

  const calmCount = step.calm ? life.calmCount + 1 : 0
  if (calmCount < clear) return { life: { ...life, calmCount }, action: 'keep' }
  return { life: { state: 'resolved', calmCount: 0, mark: step.calmStart ?? life.mark }, action: 'resolve' }
}

/** Two days of slices: how long a resolution is remembered. */
export const RECENT_SLICES = 576
const CLEAR_MAX = 288

/**
 * Calm slices needed now: `clear`, doubled for each time this alert resolved lately, at most a day. A fault that shows only
 * by day must not page every morning.
 * @param recentResolutions resolutions of this alert in the last RECENT_SLICES slices
 */
export function clearOf(clear: number, recentResolutions: number): number {
  let needed = clear
  for (let i = 0; i < recentResolutions && needed < CLEAR_MAX; i += 1) needed *= 2
  return Math.min(needed, CLEAR_MAX)
}
