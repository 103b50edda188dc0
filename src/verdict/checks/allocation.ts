import type { StreamConfig } from '../../config/shape.ts'
import type { Slice } from '../../slice/slice.ts'

/** Planned shares among the units of control and candidate: together 1. Units that are planned for neither count for neither. */
export interface PlannedShares {
  control: number
  candidate: number
}

/** A run of slices under one entry of the allocation. */
export interface AllocationEpoch {
  /** Place of the entry; −1 = before the first, or nothing is planned. */
  at: number
  /** null where nothing is planned. */
  shares: PlannedShares | null
}

/** The epoch a slice lies in; null = it straddles two, and what it holds belongs to neither. */
export function epochOf(
  allocation: StreamConfig['allocation'],
  { startMs, lengthMs }: Pick<Slice, 'startMs' | 'lengthMs'>,
): AllocationEpoch | null {
  const entries = allocation ?? []
  if (entries.some(({ fromMs }) => fromMs > startMs && fromMs < startMs + lengthMs)) return null
  const at = entries.findLastIndex(({ fromMs }) => fromMs <= startMs)
  const planned = entries[at]
  if (planned === undefined) return { at, shares: null }
  const both = planned.control + planned.candidate
  return { at, shares: { control: planned.control / both, candidate: planned.candidate / both } }
}
