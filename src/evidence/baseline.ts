/**
 * One indicator (a cell, a rate) against a frozen profile of other days (docs/statistics.md 11; golden section `baseline`).
 *
 * Here season does not cancel, so every slice is compared with its slot (hour of the week or day) of the baseline:
 *
 *   q_s = x_s/n_s; r_h = Σ_t (x_h − n_h·q_s), n_h summed over the window, W = Σ n_h, effect d = Σ r_h/W
 *   viid = Σ_t N_t·q_s(1−q_s); e_h = r_h − n_h·d; v = max(Σ e_h²·B/(B−1), viid); φ = v/viid
 *   vBaseline = Σ_s W_s²/n_s·q_s(1−q_s); total = v + vBaseline·φ; se = √total/W
 *   z = sign(d)·max(0, |d| − tolerance)·W/√total
 *
 * tolerance = max(effectMin, f·RMS(dayEffects)): days differ from each other, and only what goes beyond that is news. f is
 * wide for few days: how different the days are is then itself uncertain. It is the quantile of Student's t with days − 1 degrees
 * of freedom (Student 1908) that |t| passes once in 100,000. The variance is that of contrasts.ts (Liang and Zeger 1986), φ is the
 * design effect (Kish 1965).
 */
export interface SlotProfile {
  x: number
  n: number
}

/** One slice of the live window: its slot, and events x of n by unit bucket. */
export interface ProfiledSlice {
  slot: number
  x: ArrayLike<number>
  n: ArrayLike<number>
}

export interface BaselineComparison {
  viid: number
  vBaseline: number
  effect: number
  se: number
  designEffect: number
  /** W²/Σ n_h²: minimum data asks for it. */
  effectiveBuckets: number
  /** null: too few baseline days to know how days differ. */
  tolerance: number | null
  z: number | null
}

/** Factor on the RMS of the day effects, by the least number of baseline days. */
const FACTOR_BY_DAYS: readonly (readonly [daysMin: number, factor: number])[] = [
  [56, 4.86], [28, 5.42], [21, 5.85], [14, 6.95], [10, 8.83], [7, 13.56],
] // prettier-ignore

/** @param dayEffects of each baseline day against the others, over the slots of this window */
export function compareWithBaseline(
  baseline: readonly SlotProfile[],
  slices: readonly ProfiledSlice[],
  dayEffects: readonly number[],
  dayCount: number,
  effectMin: number,
): BaselineComparison {
  return compareSums(sumSlices(baseline, slices), toleranceOf(dayEffects, dayCount, effectMin))
}

/** The same of a window's sums, which add slice by slice. */
export function compareSums(sums: BaselineSums, tolerance: number | null): BaselineComparison {
  const buckets = sums.r.length
  let W = 0
  let u = 0
  let squaresOfEvents = 0
  for (let h = 0; h < buckets; h += 1) {
    W += sums.events[h]!
    u += sums.r[h]!
    squaresOfEvents += sums.events[h]! * sums.events[h]!
  }
  const effect = W === 0 ? 0 : u / W
  let squares = 0
  for (let h = 0; h < buckets; h += 1) {
    const e = sums.r[h]! - sums.events[h]! * effect
    squares += e * e
  }

  const v = Math.max((squares * buckets) / (buckets - 1), sums.viid)
  const designEffect = sums.viid === 0 ? 1 : v / sums.viid
  const total = v + sums.vBaseline * designEffect
  return {
    viid: sums.viid,
    vBaseline: sums.vBaseline,
    effect,
    se: W === 0 ? 0 : Math.sqrt(total) / W,
    designEffect,
    effectiveBuckets: squaresOfEvents === 0 ? 0 : (W * W) / squaresOfEvents,
    tolerance,
    z: tolerance === null ? null : zBeyond(effect, tolerance, W, total),
  }
}

/** The part of an effect that days do not explain, in standard errors. */
function zBeyond(effect: number, tolerance: number, W: number, total: number): number {
  if (total === 0) return 0
  const beyond = (Math.max(0, Math.abs(effect) - tolerance) * W) / Math.sqrt(total)
  return effect < 0 ? -beyond : beyond
}

export function toleranceOf(dayEffects: readonly number[], dayCount: number, effectMin: number): number | null {
  const factor = FACTOR_BY_DAYS.find(([daysMin]) => dayCount >= daysMin)?.[1]
  if (factor === undefined) return null
  let squares = 0
  for (const dayEffect of dayEffects) squares += dayEffect * dayEffect
  const rms = dayEffects.length === 0 ? 0 : Math.sqrt(squares / dayEffects.length)
  return Math.max(effectMin, factor * rms)
}

export interface BaselineSums {
  /** By unit bucket: Σ_t (x_h − n_h·q_s), and the events n_h. */
  r: ArrayLike<number>
  events: ArrayLike<number>
  viid: number
  vBaseline: number
}

function sumSlices(baseline: readonly SlotProfile[], slices: readonly ProfiledSlice[]): BaselineSums {
  const buckets = slices[0]?.n.length ?? 0
  const r = new Float64Array(buckets)
  const events = new Float64Array(buckets)
  const eventsOfSlot = new Float64Array(baseline.length)
  let viid = 0
  for (const { slot, x, n } of slices) {
    const q = rateOf(baseline[slot]!)
    let total = 0
    for (let h = 0; h < buckets; h += 1) {
      r[h]! += x[h]! - n[h]! * q
      events[h]! += n[h]!
      total += n[h]!
    }
    eventsOfSlot[slot]! += total
    viid += total * q * (1 - q)
  }

  return { r, events, viid, vBaseline: varianceOfBaseline(eventsOfSlot, (slot) => baseline[slot]!) }
}

/** The baseline's own noise: Σ_s W_s²/n_s·q_s(1−q_s). */
export function varianceOfBaseline(eventsOfSlot: ArrayLike<number>, profileOf: (slot: number) => SlotProfile): number {
  let variance = 0
  for (let slot = 0; slot < eventsOfSlot.length; slot += 1) {
    if (eventsOfSlot[slot] === 0) continue
    const profile = profileOf(slot)
    if (profile.n === 0) continue
    const q = rateOf(profile)
    variance += ((eventsOfSlot[slot]! * eventsOfSlot[slot]!) / profile.n) * q * (1 - q)
  }
  return variance
}

/** A slot that the baseline never saw has no rate; callers leave its slices out. */
function rateOf({ x, n }: SlotProfile): number {
  return n === 0 ? 0 : x / n
}
