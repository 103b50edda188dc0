import { ln } from './arithmetic.ts'

/**
 * The watch list: which of many metrics deserve a look although none has paid for an alarm (docs/statistics.md 12; golden section
 * `e-bh`).
 *
 * The e-Benjamini-Hochberg procedure (Wang and Ramdas 2022) keeps the expected share of wrong entries below alpha under
 * any dependence. E-values are kept as logarithms. Never an alert, never a verdict.
 */

/** Indices, ascending, of the k* largest, where k* = max{k: lnE_(k) ≥ ln(F/(alpha·k))}. */
export function selectEbh(lnE: readonly number[], alpha: number): number[] {
  const order = lnE
    .map((_, index) => index)
    .sort((left, right) => compareDescending(lnE[left]!, lnE[right]!) || left - right)
  let selectedCount = 0
  for (const [position, index] of order.entries()) {
    const k = position + 1
    if (lnE[index]! >= ln(lnE.length / (alpha * k))) selectedCount = k
  }
  return order.slice(0, selectedCount).sort((left, right) => left - right)
}

/** A p-value into an e-value, 1/(2√p): lnE = −½·min(0, lnP) − ln 2 (Vovk and Wang 2021). */
export function calibrate(lnP: number): number {
  return -0.5 * Math.min(0, lnP) - ln(2)
}

/** Not a difference: −∞ minus −∞ is no number. */
function compareDescending(left: number, right: number): number {
  return left === right ? 0 : left > right ? -1 : 1
}
