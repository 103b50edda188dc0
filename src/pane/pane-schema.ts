import type { Schema } from 'avsc'
import { field, NAMESPACE, record, talliesSchema } from './tallies-schema.ts'

/** `schemas/pane.avsc`. */
export const paneSchema: Schema = {
  ...(record(
    'Pane',
    'What one partition of a stream said in [startMs, startMs + lengthMs). Its digest is sha256 of these bytes.',
    [
      field('stream', 'string', 'Name of the stream in the configuration.'),
      field('partition', 'int', "Partition of the stream's topic."),
      field('startMs', 'long', 'Start in event time, milliseconds since 1970 UTC; a multiple of lengthMs.'),
      field('lengthMs', 'long', 'Length in milliseconds.'),
      field('paneConfigDigest', 'string', 'Digest of the part of the configuration that shapes panes.'),
      field('idle', 'boolean', 'Closed because the partition fell silent, not because its watermark passed.'),
      field('lost', 'long', 'Records that vanished from the log before or inside this pane; 0 = complete.'),
      field('tallies', talliesSchema, 'What was counted.'),
    ],
  ) as object),
  namespace: NAMESPACE,
} as Schema
