import type { Comparison, ComparedSide } from '../http/facts.ts'
import { binName } from './chart/bins.ts'
import type { Bins } from './chart/bins.ts'

/** One range of values, or one category, of both cohorts. */
export interface Part {
  label: string
  /** A category's name may come from anybody. */
  isName: boolean
  /** It stands for something else than a value. */
  isWord?: boolean
  a: number
  b: number
  shareA: number
  shareB: number
  /** Of the distance between the two (Jensen and Shannon's divergence), so that all parts are 1; 0 where there is none. */
  contribution: number
}

export interface Parts {
  parts: Part[]
  /** Of all events, those without a value too: the root of the divergence, 0 to 1. */
  distance: number
}

/**
 * Which values make the difference; having none is one of them. The divergence of Jensen and Shannon is a sum over parts, so each part's share of it
 * is well defined; a part counts whether it grew or shrank.
 */
export function partsOf({ kind, a, b }: Pick<Comparison, 'kind' | 'a' | 'b'>): Parts {
  const valued = kind === 'numeric' ? binParts(a, b) : kind === 'boolean' ? answerParts(a, b) : nameParts(a, b)
  const raw = [...valued, ...noValueParts(a, b)]
  const [totalA, totalB] = [sum(raw.map((part) => part.a)), sum(raw.map((part) => part.b))]
  const parts = raw.map((part) => {
    const [shareA, shareB] = [totalA > 0 ? part.a / totalA : 0, totalB > 0 ? part.b / totalB : 0]
    return { ...part, shareA, shareB, contribution: divergence(shareA, shareB) }
  })
  const whole = sum(parts.map(({ contribution }) => contribution))
  const shared = parts.map((part) => ({ ...part, contribution: whole > 0 ? part.contribution / whole : 0 }))
  return { parts: shared, distance: Math.sqrt(Math.max(0, whole)) }
}

/** The name that makes most of the difference; null where there are no names. */
export function mostMoved(comparison: Pick<Comparison, 'kind' | 'a' | 'b'>): string | null {
  if (comparison.kind !== 'categorical') return null
  const named = partsOf(comparison).parts.filter(({ isName }) => isName)
  return named.toSorted((one, other) => other.contribution - one.contribution)[0]?.label ?? null
}

/** What only one of the two has. Of the categories that are listed; the rest is told together. */
export function newAndVanished(parts: readonly Part[]): { appeared: Part[]; vanished: Part[] } {
  const named = parts.filter(({ isName }) => isName)
  return {
    appeared: named.filter(({ a, b }) => a === 0 && b > 0),
    vanished: named.filter(({ a, b }) => b === 0 && a > 0),
  }
}

export function binsOf({ a, b }: Pick<Comparison, 'a' | 'b'>): Bins {
  const ofB = b.histogram ?? []
  const bins = (a.histogram ?? []).map(({ low, high, count }, at) => ({ low, high, a: count, b: ofB[at]?.count ?? 0 }))
  return { bins, totalA: sum(bins.map((bin) => bin.a)), totalB: sum(bins.map((bin) => bin.b)) }
}

type RawPart = Pick<Part, 'label' | 'isName' | 'isWord' | 'a' | 'b'>

function binParts(a: ComparedSide, b: ComparedSide): RawPart[] {
  return binsOf({ a, b }).bins.map((bin) => ({ label: binName(bin.low, bin.high), isName: false, a: bin.a, b: bin.b }))
}

function answerParts(a: ComparedSide, b: ComparedSide): RawPart[] {
  const [yesA, yesB] = [a.trues ?? 0, b.trues ?? 0]
  return [
    { label: 'true', isName: false, a: yesA, b: yesB },
    { label: 'false', isName: false, a: a.values - yesA, b: b.values - yesB },
  ]
}

function nameParts(a: ComparedSide, b: ComparedSide): RawPart[] {
  const ofB = b.categories ?? []
  const named = (a.categories ?? []).map(({ name, count }, at) => ({ label: name, isName: true, a: count, b: ofB[at]?.count ?? 0 })) // prettier-ignore
  const others = { label: 'all other names', isName: false, isWord: true, a: a.others ?? 0, b: b.others ?? 0 }
  return others.a + others.b > 0 ? [...named, others] : named
}

/** What an event can have in place of a value. */
function noValueParts(a: ComparedSide, b: ComparedSide): RawPart[] {
  const parts = [
    { label: 'missing', isName: false, isWord: true, a: a.missing, b: b.missing },
    { label: 'set aside', isName: false, isWord: true, a: a.setAside, b: b.setAside },
    { label: 'infinite', isName: false, isWord: true, a: a.infinite, b: b.infinite },
  ]
  return parts.filter((part) => part.a + part.b > 0)
}

function divergence(p: number, q: number): number {
  const m = (p + q) / 2
  const term = (x: number): number => (x > 0 ? x * Math.log2(x / m) : 0)
  return (term(p) + term(q)) / 2
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
