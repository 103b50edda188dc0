import type { Shape, SlotValue, Undecoded } from '../decode/decoder.ts'
import { createBlockReader } from '../decode/block-reader.ts'
import type { BlockReader } from '../decode/block-reader.ts'
import { createJsonReader } from '../decode/json-decoder.ts'
import { oversized } from '../decode/undecoded.ts'
import { MonitorError } from '../errors.ts'
import type { Block, InputFile, Lines } from '../log/input/open-input.ts'
import type { StreamPlan } from '../pane/plan.ts'

/** Called for every record of a chunk, in order; `values` are only good until the next. */
export type OnEvent = (outcome: Shape | Undecoded, values: SlotValue[]) => void

/** Walks one chunk of an input, in one go: the hot loop of `replay`. */
export type ChunkWalker = (chunk: Lines | Block, onEvent: OnEvent) => void

export function createWalker(plan: StreamPlan, input: InputFile, limits: { recordBytes: number }): ChunkWalker {
  const values = new Array<SlotValue>(plan.paths.length).fill(undefined)
  if (input.format === 'ndjson') {
    const reader = createJsonReader(plan)
    return (chunk, onEvent) => {
      const { data, bounds } = chunk as Lines
      for (let at = 0; at < bounds.length; at += 2) {
        const from = bounds[at]!
        const to = bounds[at + 1]!
        const isOversized = to - from > limits.recordBytes
        const outcome = isOversized ? oversized(to - from, limits.recordBytes) : reader.read(data, from, to, values)
        onEvent(outcome, values)
      }
    }
  }
  const reader = blockReader(plan, input, limits)
  return (chunk, onEvent) => {
    const { data, count, block } = chunk as Block
    let position = 0
    for (let read = 0; read < count; read++) {
      const outcome = reader.read(data, position, values)
      onEvent(outcome, values)
      // Nobody knows where the next record begins: the file is damaged here, whatever its checksums say.
      if (outcome.kind === 'violation' && outcome.reason === 'undecodable') throw damaged(input.path, block, read + 1)
      position = reader.position
    }
    if (position !== data.length) throw damaged(input.path, block, count + 1)
  }
}

function blockReader(
  plan: StreamPlan,
  { path, schema }: { path: string; schema: string },
  limits: { recordBytes: number },
): BlockReader {
  try {
    return createBlockReader(plan, schema, limits, 'file')
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error
    const detail = error.message.slice(error.code.length + 2)
    throw new MonitorError(error.code, `${path}: header: ${detail}`, { cause: error })
  }
}

function damaged(path: string, block: number, record: number): MonitorError {
  return new MonitorError(
    'EVENKEEL_INPUT_UNREADABLE',
    `${path}: block ${block}, record ${record} does not fit the schema`,
  )
}
