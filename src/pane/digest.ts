import { sha256 } from '../ledger/digest.ts'
import type { Digest } from '../ledger/digest.ts'
import { encodePane } from './codec.ts'
import type { Pane } from './pane.ts'

/** Of the canonical bytes. Whoever has them already takes `sha256(bytes)`, which is the same. */
export function paneDigest(pane: Pane): Digest {
  return sha256(encodePane(pane))
}
