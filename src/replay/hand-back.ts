import type { Assembler } from '../assemble.ts'
import type { LedgerBody } from '../ledger/record.ts'
import type { SealedSlice } from '../slice/slice.ts'

/** Where there is no log: all that the assembler gives goes straight back to it, as if it had been published and read. */
export function handBack(
  assembler: Assembler,
  onSlice: (sealed: SealedSlice) => void,
  onLedger: (body: LedgerBody) => void = () => undefined,
): void {
  for (let step = assembler.next(); step.kind !== 'wait'; step = assembler.next()) {
    if (step.kind === 'ledger') {
      assembler.addLedger(step.body)
      onLedger(step.body)
    } else {
      assembler.addSlice(step.sealed)
      onSlice(step.sealed)
    }
  }
}
