import type { Schema } from 'avsc'
import { field, NAMESPACE, record, talliesSchema } from '../pane/tallies-schema.ts'

const partitionEntry = record('PartitionEntry', 'What one partition gave to the slice.', [
  field('partition', 'int', "Partition of the stream's topic."),
  field(
    'pane',
    'string',
    'Digest of its pane (sha256:...); "empty" = nothing in this time; "incomplete" = it was not closed in time.',
  ),
  field('idle', 'boolean', 'Closed, or empty, because the partition had fallen silent.'),
  field('lost', 'long', 'Records that vanished from the log before or inside its pane.'),
])

const streamSlice = record('StreamSlice', 'One stream of the group.', [
  field('name', 'string', 'Name of the stream in the configuration.'),
  field('partitions', { type: 'array', items: partitionEntry }, 'By partition number.'),
  field('tallies', talliesSchema, 'The sums of all its panes; once cells are frozen, tables hold cells.'),
])

/** `schemas/slice.avsc`. */
export const sliceSchema: Schema = {
  ...(record(
    'Slice',
    'What all partitions of a group of streams said in [startMs, startMs + lengthMs): the only input of a verdict. Its digest is sha256 of these bytes.',
    [
      field('stream', 'string', "The group's first stream."),
      field('startMs', 'long', 'Start in event time, milliseconds since 1970 UTC.'),
      field('lengthMs', 'long', 'Length in milliseconds.'),
      field('number', 'long', "T: 1 for the group's first slice; empty slices count."),
      field('paneConfigDigest', 'string', 'Digest of the part of the configuration that shapes panes.'),
      field('streams', { type: 'array', items: streamSlice }, 'The streams of the group, in its order.'),
    ],
  ) as object),
  namespace: NAMESPACE,
} as Schema
