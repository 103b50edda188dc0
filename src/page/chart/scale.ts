/** A linear scale that goes down from the top of a plot, and round numbers along it. */
export interface Scale {
  low: number
  high: number
  /** Pixels from the top of the plot. */
  y(value: number): number
  ticks: number[]
}

/** @param values all that must be inside; without any, the scale is 0 to 1 */
export function scaleOf(values: Iterable<number>, plotHeight: number, wanted = 3): Scale {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) [low, high] = [0, 1]
  if (low === high) [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) / 10, high + Math.abs(high) / 10]
  const step = roundStep((high - low) / wanted)
  const first = Math.floor(low / step + 1e-9)
  const last = Math.ceil(high / step - 1e-9)
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => roundTo((first + index) * step, step))
  const bounds = { low: ticks[0]!, high: ticks.at(-1)! }
  const height = bounds.high - bounds.low
  return { ...bounds, ticks, y: (value) => plotHeight * (1 - (value - bounds.low) / height) }
}

/** 1, 2 or 5 times a power of ten, not below. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  const factor = [1, 2, 5, 10].find((each) => each * power >= least * (1 - 1e-9)) ?? 10
  return factor * power
}

function roundTo(value: number, step: number): number {
  const digits = Math.max(0, Math.min(20, 1 - Math.floor(Math.log10(step))))
  return Number(value.toFixed(digits))
}

/** Round times inside a range: at most `wanted` of them. */
export function timeTicks(fromMs: number, toMs: number, wanted = 4): number[] {
  const step = TIME_STEPS_MS.find((each) => (toMs - fromMs) / each <= wanted) ?? TIME_STEPS_MS.at(-1)!
  const ticks: number[] = []
  for (let tick = Math.ceil(fromMs / step) * step; tick <= toMs; tick += step) ticks.push(tick)
  return ticks
}

const HOUR_MS = 3_600_000
const TIME_STEPS_MS = [1 / 12, 1 / 4, 1 / 2, 1, 2, 3, 6, 12, 24, 48, 168, 336, 720].map((hours) => hours * HOUR_MS)
