import type { Assembler } from '../assemble.ts'
import { digestOf } from '../ledger/digest.ts'
import type { LedgerBody, PipeBody } from '../ledger/record.ts'
import type { SealedSlice } from '../slice/slice.ts'
import type { Comparison, Outcome } from './comparison.ts'

/**
 * What the ledger says of a group's cells and segments, made again from its slices, and compared. It needs every slice from the
 * first on; and with a baseline it depends on when that was configured, which nobody wrote down.
 */
export class RebuiltCells {
  private readonly stream: string
  private readonly assembler: Assembler
  private readonly left: Map<string, PipeBody>
  private readonly comparison: Comparison
  private readonly startOf: (number: number) => number
  private through = 0

  constructor(options: {
    stream: string
    assembler: Assembler
    ledger: readonly LedgerBody[]
    comparison: Comparison
    /** Start of a slice. */
    startOf: (number: number) => number
  }) {
    const { stream, assembler, ledger, comparison, startOf } = options
    this.stream = stream
    this.assembler = assembler
    this.comparison = comparison
    this.startOf = startOf
    const own = ledger
      .filter((body): body is PipeBody => PIPE_TYPES.has(body.type))
      .filter((body) => body.stream === stream)
    for (const body of own) if (body.type === 'watch-started') assembler.addLedger(body)
    this.left = new Map(own.flatMap((body) => (body.type === 'watch-started' ? [] : [[nameOf(body), body]])))
  }

  /** In order, from the first on. */
  add(sealed: SealedSlice): void {
    this.assembler.addSlice(sealed)
    this.through = sealed.slice.number
    for (let step = this.assembler.next(); step.kind === 'ledger'; step = this.assembler.next()) {
      this.compare(step.body)
      // As it must be, so that what comes after it is judged by itself.
      this.assembler.addLedger(step.body)
    }
  }

  /** `problem`: why not everything was recomputed; null = it was. */
  finish(problem: string | null): void {
    for (const [id, body] of this.left) {
      const number = afterNumberOf(body)
      const outcome: [Outcome, string] =
        problem === null || number <= this.through
          ? ['differs', 'it follows from no slices']
          : ['out-of-reach', problem]
      this.tell(id, number, digestOf(body), null, ...outcome)
    }
  }

  private compare(body: PipeBody): void {
    const id = nameOf(body)
    const recorded = this.left.get(id)
    this.left.delete(id)
    const recomputed = digestOf(body)
    const number = afterNumberOf(body)
    // After the last slice it may be on its way.
    if (recorded === undefined) return
    const onRecord = digestOf(recorded)
    if (onRecord === recomputed) return this.tell(id, number, onRecord, recomputed, 'equal', null)
    this.tell(id, number, onRecord, recomputed, 'differs', 'the slices give other cells or segments')
  }

  private tell(
    id: string,
    number: number,
    onRecord: string | null,
    recomputed: string | null,
    outcome: Outcome,
    reason: string | null,
  ): void {
    // prettier-ignore
    const startMs = this.startOf(Math.max(1, number))
    this.comparison.add({ level: 'cells', of: this.stream, id, startMs, onRecord, recomputed, outcome, reason })
  }
}

const PIPE_TYPES = new Set<LedgerBody['type']>(['watch-started', 'cells-frozen', 'segments-frozen'])

function nameOf(body: PipeBody): string {
  return body.type === 'cells-frozen' ? `${body.fieldStream}/${body.field}#${body.cut}` : 'segments'
}

function afterNumberOf(body: PipeBody): number {
  return body.type === 'watch-started' ? 0 : body.afterNumber
}
