import { INACTIVE, stepAlertLife, type AlertStep } from '../../src/evidence/alert-life.ts'
import { compareWithBaseline, type ProfiledSlice, type SlotProfile } from '../../src/evidence/baseline.ts'
import * as distance from '../../src/evidence/distances.ts'
import { calibrate, selectEbh } from '../../src/evidence/e-bh.ts'
import { newcombe, wilson } from '../../src/evidence/intervals.ts'
import { countsOfCells, quantileCuts, scoreTables, testBinOf } from '../../src/evidence/quantile-cuts.ts'
import { SampleRatioProcess } from '../../src/evidence/srm.ts'
import { cellTerm, ratioTerm } from '../../src/evidence/terms.ts'
import { alphaOfClasses, looksOfClass, zRequired, zRequiredOfClasses } from '../../src/evidence/z-required.ts'
import { runBinIndex } from './bin-index.ts'
import { runEvidenceSequence } from './evidence-sequence.ts'

/**
 * What the product says to the input of a golden case, in the shape of its `expected`.
 * `expected` itself is passed for the one section whose cases carry their probes there.
 */
export type SectionRunner = (input: never, expected: never) => unknown

export const SECTIONS: Readonly<Record<string, SectionRunner>> = {
  'alert-life': runAlertLife,
  'baseline': runBaseline,
  'bin-index': runBinIndex,
  'distances': runDistances,
  'e-bh': runEbh,
  'evidence-sequence': runEvidenceSequence,
  'intervals': runIntervals,
  'pane-terms': runPaneTerms,
  'quantile-cuts': runQuantileCuts,
  'srm': runSrm,
  'z-required': runZRequired,
} // prettier-ignore

function runAlertLife({ clear, steps }: { clear: number; steps: AlertStep[] }): unknown {
  let life = INACTIVE
  return steps.map((step) => {
    const next = stepAlertLife(life, step, clear)
    life = next.life
    return { action: next.action, ...life }
  })
}

function runBaseline(input: {
  baseline: SlotProfile[]
  panes: ProfiledSlice[]
  days: number
  dayEffects: number[]
  effectMin: number
}): unknown {
  return compareWithBaseline(input.baseline, input.panes, input.dayEffects, input.days, input.effectMin)
}

function runDistances(input: { reference: number[]; current: number[]; positions?: number[] }): unknown {
  const { reference, current, positions } = input
  return {
    psiFloor1e4: distance.psiFloor1e4(reference, current),
    ks: distance.ks(reference, current),
    jsDistanceBase2: distance.jsDistanceBase2(reference, current),
    hellinger: distance.hellinger(reference, current),
    totalVariation: distance.totalVariation(reference, current),
    chiSquareTwoSample: distance.chiSquareTwoSample(reference, current),
    wasserstein1: positions === undefined ? undefined : distance.wasserstein1(reference, current, positions),
  }
}

function runEbh(input: { lnE: (number | null)[]; alpha: number } | { lnP: number | null }): unknown {
  if ('lnP' in input) return { lnE: calibrate(input.lnP ?? -Infinity) }
  return {
    selected: selectEbh(
      input.lnE.map((value) => value ?? -Infinity),
      input.alpha,
    ),
  }
}

function runIntervals(
  input:
    { x: number; n: number } | { nullControl: number; nControl: number; nullCandidate: number; nCandidate: number },
): unknown {
  if ('x' in input) return wilson(input.x, input.n)
  const { nullControl, nControl, nullCandidate, nCandidate } = input
  return newcombe({ xControl: nullControl, nControl, xCandidate: nullCandidate, nCandidate })
}

type RatioInput = Record<'yControl' | 'nControl' | 'yCandidate' | 'nCandidate', number[]>

function runPaneTerms(
  input: { ratio: RatioInput } | { control: number[][]; candidate: number[][]; scoreTables?: number[][] },
): unknown {
  if ('ratio' in input) {
    const { yControl, nControl, yCandidate, nCandidate } = input.ratio
    const term = ratioTerm(yControl, nControl, yCandidate, nCandidate)
    return { r: [...term.r].map((value) => [value]), w: term.w, floor: [...term.floor] }
  }
  const { control, candidate, scoreTables: tables = [] } = input
  const bins = control[0]!.length
  const term = cellTerm(control.flat(), candidate.flat(), control.length, bins, tables)
  return {
    r: control.map((_, h) => [...term.r.subarray(h * bins, (h + 1) * bins)]),
    w: term.w,
    floor: [...term.floor],
  }
}

function runQuantileCuts(
  { histogram, k }: { histogram: [number, number][]; k: number },
  expected: { testBinOf?: [number, number][] },
): unknown {
  const cuts = quantileCuts(histogram, k)
  const counts = countsOfCells(histogram, cuts)
  const probes = expected.testBinOf ?? []
  return { cuts, counts, ...scoreTables(counts), testBinOf: probes.map(([index]) => [index, testBinOf(cuts, index)]) }
}

function runSrm(input: {
  cohorts: number
  panes: number
  sequence: { newUnits: number[]; shares: number[] }[]
}): unknown {
  const process = new SampleRatioProcess(input.cohorts, input.panes)
  return input.sequence.map(({ newUnits, shares }) => process.add(newUnits, shares))
}

function runZRequired(input: { alpha: number } | Parameters<typeof zRequiredOfClasses>[0]): unknown {
  if ('alpha' in input) return { zRequired: zRequired(input.alpha) }
  const alpha = alphaOfClasses(input)
  return {
    looks: alpha.map((_, cls) => looksOfClass(input.panes, cls)),
    alpha,
    zRequired: zRequiredOfClasses(input),
  }
}
