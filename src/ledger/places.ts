import type { CellsFrozen, LedgerBody } from './record.ts'

/**
 * Which record is valid at its place: a pure fold over the valid ones so far. A watch starts once, and only then are its cells
 * cut, each field's in order, and its segments named, once. Two assemblers that both find a record due (a zombie and its heir) append it twice; the first counts.
 */
export class Places {
  private readonly watches = new Set<string>()
  private readonly segments = new Set<string>()
  private readonly quarantined = new Set<string>()
  private readonly cuts = new Map<string, CellsFrozen>()

  /** Takes the record in when it is valid here. */
  take(body: LedgerBody): boolean {
    switch (body.type) {
      case 'watch-started':
        if (this.watches.has(body.stream)) return false
        this.watches.add(body.stream)
        return true
      case 'segments-frozen':
        if (!this.watches.has(body.stream) || this.segments.has(body.stream)) return false
        this.segments.add(body.stream)
        return true
      case 'cells-frozen': {
        const field = JSON.stringify([body.stream, body.fieldStream, body.field])
        const before = this.cuts.get(field)
        if (!this.watches.has(body.stream) || body.cut !== (before?.cut ?? 0) + 1) return false
        if (before !== undefined && body.afterNumber <= before.afterNumber) return false
        this.cuts.set(field, body)
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
