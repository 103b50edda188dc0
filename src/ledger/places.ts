import { EraBook } from './era-book.ts'
import type { CellsFrozen, LedgerBody } from './record.ts'

/**
 * Which record is valid at its place: a pure fold over the valid ones so far. A watch starts once in each era, and only then are its
 * cells cut, each field's in order, and its segments named, once. Two assemblers that both find a record due (a zombie and its heir) append it twice; the first counts.
 */
export class Places {
  private readonly eras = new EraBook()
  private readonly segments = new Set<string>()
  private readonly quarantined = new Set<string>()
  /** Of the watch that started last, by group; by field of its streams. */
  private readonly cuts = new Map<string, Map<string, CellsFrozen>>()

  /** Takes the record in when it is valid here. */
  take(body: LedgerBody): boolean {
    switch (body.type) {
      case 'watch-started':
        if (!this.eras.take(body)) return false
        this.segments.delete(body.stream)
        this.cuts.set(body.stream, new Map())
        return true
      case 'panes-configured':
      case 'panes-withdrawn':
        return this.eras.take(body)
      case 'segments-frozen':
        if (!this.cuts.has(body.stream) || this.segments.has(body.stream)) return false
        this.segments.add(body.stream)
        return true
      case 'cells-frozen': {
        const cuts = this.cuts.get(body.stream)
        const field = JSON.stringify([body.fieldStream, body.field])
        const before = cuts?.get(field)
        if (cuts === undefined || body.cut !== (before?.cut ?? 0) + 1) return false
        if (before !== undefined && body.afterNumber <= before.afterNumber) return false
        cuts.set(field, body)
        return true
      }
      case 'record-quarantined': {
        // Two instances may have died of the same one.
        const place = `${body.topic}/${body.partition}/${body.offset}`
        if (this.quarantined.has(place)) return false
        this.quarantined.add(place)
        return true
      }
      case 'baseline-verified':
      case 'alert-acknowledged':
      case 'check-muted':
        return true
    }
  }
}
