import { setImmediate as nextTurn } from 'node:timers/promises'
import { HOUR_MS } from './hour-book.ts'
import type { BookedStream } from './hour-book.ts'
import type { HourStore } from './hour-store.ts'
import { partialSlice } from './partial-slice.ts'
import type { SliceView } from './slice-view.ts'
import type { Summed } from './summed.ts'

/** A part of a range with what was summed in it: a whole hour where that is kept, else a slice. */
export interface Piece<Sums> {
  /** Of its first slice, and the end of its last. */
  fromMs: number
  toMs: number
  slices: number
  sums: Sums
}

export interface PieceScope extends BookedStream {
  view: SliceView
  hours: HourStore | null
}

/**
 * Ascending. The event loop gets its turn in between: observing goes on while somebody asks for four weeks.
 *
 * @param inHours false: slice by slice, for who wants them apart
 */
export async function* pieces<Sums>(
  scope: PieceScope,
  summed: Summed<Sums>,
  { fromMs, toMs, inHours }: { fromMs: number; toMs: number; inHours: boolean },
  signal: AbortSignal,
): AsyncGenerator<Piece<Sums>> {
  let yieldAtMs = performance.now() + TURN_MS
  for (const { startMs, endMs, isHour } of inHours
    ? parts(fromMs, toMs)
    : [{ startMs: fromMs, endMs: toMs, isHour: false }]) {
    const kept = isHour ? keptHour(scope, summed, startMs) : null
    if (kept !== null) yield kept
    else {
      const hour: Piece<Sums> = { fromMs: endMs, toMs: startMs, slices: 0, sums: summed.empty() }
      for (const { bytes } of scope.view.range(scope.group, startMs, endMs)) {
        const slice = partialSlice(bytes)
        // Slices of other fields or cohorts than those of now cannot be added to these.
        if (slice.paneConfigDigest !== scope.paneConfigDigest) continue
        const sums = isHour ? hour.sums : summed.empty()
        summed.add(sums, slice)
        const own = { fromMs: slice.startMs, toMs: slice.startMs + slice.lengthMs }
        hour.fromMs = Math.min(hour.fromMs, own.fromMs)
        hour.toMs = own.toMs
        hour.slices++
        if (!isHour) yield { ...own, slices: 1, sums }
        if (performance.now() < yieldAtMs) continue
        await nextTurn()
        signal.throwIfAborted()
        yieldAtMs = performance.now() + TURN_MS
      }
      if (isHour && hour.slices > 0) yield keepHour(scope, summed, startMs, hour)
    }
    if (performance.now() < yieldAtMs) continue
    await nextTurn()
    signal.throwIfAborted()
    yieldAtMs = performance.now() + TURN_MS
  }
}

const TURN_MS = 10

/** Whole hours, and what is left at both ends. */
function* parts(fromMs: number, toMs: number): Generator<{ startMs: number; endMs: number; isHour: boolean }> {
  const first = Math.ceil(fromMs / HOUR_MS) * HOUR_MS
  const last = Math.floor(toMs / HOUR_MS) * HOUR_MS
  if (first >= last) return yield { startMs: fromMs, endMs: toMs, isHour: false }
  if (fromMs < first) yield { startMs: fromMs, endMs: first, isHour: false }
  for (let startMs = first; startMs < last; startMs += HOUR_MS)
    yield { startMs, endMs: startMs + HOUR_MS, isHour: true }
  if (last < toMs) yield { startMs: last, endMs: toMs, isHour: false }
}

function keptHour<Sums>(
  { view, hours, group, stream }: PieceScope,
  summed: Summed<Sums>,
  hourMs: number,
): Piece<Sums> | null {
  const there = view.extent(group, hourMs, hourMs + HOUR_MS)
  const bytes = there === null ? null : (hours?.get(stream.name, summed.column, hourMs, there.slices) ?? null)
  return there === null || bytes === null ? null : { ...there, sums: summed.decode(bytes) }
}

/** Only of an hour that is over, and all of whose slices count. */
function keepHour<Sums>(
  { view, hours, group, stream }: PieceScope,
  summed: Summed<Sums>,
  hourMs: number,
  piece: Piece<Sums>,
): Piece<Sums> {
  const isOver = (view.bounds(group)?.toMs ?? 0) > hourMs + HOUR_MS
  if (isOver && view.extent(group, hourMs, hourMs + HOUR_MS)?.slices === piece.slices)
    hours?.put(stream.name, hourMs, piece.slices, [{ column: summed.column, bytes: summed.encode(piece.sums) }])
  return piece
}
