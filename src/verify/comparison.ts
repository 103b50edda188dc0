import { sha256 } from '../ledger/digest.ts'

export const LEVELS = ['ledger', 'panes', 'slices', 'cells', 'alerts'] as const
export type Level = (typeof LEVELS)[number]

/**
 * equal         recomputed, and the same
 * differs       recomputed, and not the same; or on record without a cause; or due and not on record
 * exempt        decided by a clock (closed by silence, incomplete) or by who came first, and so cannot be recomputed
 * out-of-reach  what it was made of is deleted by now, or was made by another configuration
 * unreadable    what it was made of should be there and could not be read
 */
export const OUTCOMES = ['equal', 'differs', 'exempt', 'out-of-reach', 'unreadable'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** One thing on record beside the same thing recomputed. */
export interface Compared {
  level: Level
  /** A stream; for slices, cells and alerts the first of its group; the ledger's topic. */
  of: string
  /** Of a pane; else null. */
  partition: number | null
  /** Start of the pane or slice; for an alert, of the slice that caused it. */
  startMs: number | null
  /** Of an alert; the offset of a ledger record; `stream/field#cut` of cells. */
  id: string | null
  onRecord: string | null
  recomputed: string | null
  outcome: Outcome
  /** null = equal. */
  reason: string | null
}

export interface Row {
  level: Level
  of: string
  counts: Record<Outcome, number>
  /** Through what was equal; null = nothing was. */
  fromMs: number | null
  toMs: number | null
  /** One digest over everything that was compared, in order, recomputed and as on record; equal where all is. */
  recomputed: string
  onRecord: string
  reasons: Reason[]
}

/** Why things were not equal, and how often. */
export interface Reason {
  outcome: Outcome
  reason: string
  count: number
  fromMs: number | null
  toMs: number | null
}

/** Collects what was compared. Memory does not grow with it but for `kept`, where that is asked for, and the first differences. */
export class Comparison {
  readonly differing: Compared[] = []
  /** Everything, where that was asked for; else null. */
  readonly kept: Compared[] | null
  private readonly rows = new Map<string, RowSoFar>()
  private readonly range: { fromMs: number; toMs: number }

  constructor(range: { fromMs: number; toMs: number }, keepsAll: boolean) {
    this.range = range
    this.kept = keepsAll ? [] : null
  }

  add(each: Omit<Compared, 'partition' | 'startMs' | 'id'> & Partial<Compared>): void {
    const compared: Compared = { partition: null, startMs: null, id: null, ...each }
    const { level, of, startMs, outcome } = compared
    if (startMs !== null && (startMs < this.range.fromMs || startMs >= this.range.toMs)) return
    const key = `${level} ${of}`
    const row = this.rows.get(key) ?? new RowSoFar(level, of)
    this.rows.set(key, row)
    row.add(compared)
    this.kept?.push(compared)
    if (outcome !== 'differs') return
    this.differing.push(compared)
    if (this.differing.length <= 2 * DIFFERING_MAX) return
    this.differing.sort(inOrder).length = DIFFERING_MAX
  }

  /** In the order of the levels: what others are made of first. */
  finish(): { rows: Row[]; differing: Compared[]; compared: Compared[] | null } {
    const rows = [...this.rows.values()]
      .map((row) => row.finish())
      .sort((a, b) => orderOf(a, b) || compareText(a.of, b.of))
    return {
      rows,
      differing: this.differing.sort(inOrder).slice(0, DIFFERING_MAX),
      compared: this.kept?.sort(inOrder) ?? null,
    }
  }
}

const DIFFERING_MAX = 100

class RowSoFar {
  private readonly counts: Record<Outcome, number> = {
    equal: 0,
    differs: 0,
    exempt: 0,
    'out-of-reach': 0,
    unreadable: 0,
  }
  private readonly chains = new Map<number, { recomputed: string; onRecord: string }>()
  private readonly reasons = new Map<string, Reason>()
  private readonly level: Level
  private readonly of: string
  private fromMs: number | null = null
  private toMs: number | null = null

  constructor(level: Level, of: string) {
    this.level = level
    this.of = of
  }

  add({ partition, startMs, recomputed, onRecord, outcome, reason }: Compared): void {
    this.counts[outcome]++
    if (outcome === 'equal' || outcome === 'differs') {
      const chain = this.chains.get(partition ?? -1) ?? { recomputed: '', onRecord: '' }
      this.chains.set(partition ?? -1, chain)
      chain.recomputed = sha256(chain.recomputed + (recomputed ?? 'none'))
      chain.onRecord = sha256(chain.onRecord + (onRecord ?? 'none'))
    }
    if (outcome === 'equal') {
      this.fromMs = smaller(this.fromMs, startMs)
      this.toMs = larger(this.toMs, startMs)
      return
    }
    const text = reason ?? ''
    const known = this.reasons.get(`${outcome} ${text}`)
    this.reasons.set(`${outcome} ${text}`, {
      ...{ outcome, reason: text, count: (known?.count ?? 0) + 1 },
      fromMs: smaller(known?.fromMs ?? null, startMs),
      toMs: larger(known?.toMs ?? null, startMs),
    })
  }

  finish(): Row {
    const { level, of, counts, fromMs, toMs } = this
    const chains = [...this.chains].sort(([a], [b]) => a - b).map(([, chain]) => chain)
    return {
      ...{ level, of, counts, fromMs, toMs },
      recomputed: sha256(chains.map(({ recomputed }) => recomputed).join()),
      onRecord: sha256(chains.map(({ onRecord }) => onRecord).join()),
      reasons: [...this.reasons.values()].sort((a, b) => OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome) || compareText(a.reason, b.reason)), // prettier-ignore
    }
  }
}

function orderOf(a: { level: Level }, b: { level: Level }): number {
  return LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level)
}

function inOrder(a: Compared, b: Compared): number {
  const byTime = (a.startMs ?? 0) - (b.startMs ?? 0) || (a.partition ?? 0) - (b.partition ?? 0)
  return orderOf(a, b) || byTime || compareText(a.of, b.of) || compareText(a.id ?? '', b.id ?? '')
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function smaller(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b)
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b)
}
