import type { Schema } from 'avsc'

/**
 * The Avro schema of tallies, shared by panes and slices. `schemas/pane.avsc` and `schemas/slice.avsc` are written from it
 * (test/unit/avro-schemas.test.ts holds them equal), so that a reader in any language finds every field described.
 *
 * The bytes are canonical, one spelling per content: arrays in one block, in a stated order; a sketch in its own canonical
 * encoding; numbers as shortest varints. A named Avro type may be defined once per schema: the first use defines, the rest name it.
 */
export const NAMESPACE = 'io.evenkeel'

interface DocumentedField {
  name: string
  type: Schema
  doc: string
  default?: unknown
}

export function record(name: string, doc: string, fields: DocumentedField[]): Schema {
  return { type: 'record', name, doc, fields }
}

export function field(name: string, type: Schema, doc: string): DocumentedField {
  return { name, type, doc }
}

function arrayOf(items: Schema): Schema {
  return { type: 'array', items }
}

const BUCKETS = 'Counts in 256 unit buckets, as BucketCounts.encode; empty = all zero.'

const outsideTallies = record('OutsideTallies', 'Records outside the two cohorts.', [
  field('accepted', 'long', 'Accepted records, repeats left out.'),
  field('repeats', 'long', 'Accepted records whose id was seen before.'),
  field('late', 'long', 'Records that came after their pane had closed.'),
  field('rejected', 'long', 'Records rejected by the contract.'),
])

const cohortTallies = record('CohortTallies', 'One cohort, per unit bucket.', [
  field('accepted', 'bytes', `Accepted records, repeats left out. ${BUCKETS}`),
  field('repeats', 'bytes', `Accepted records whose id was seen before. ${BUCKETS}`),
  field('late', 'bytes', `Records that came after their pane had closed. ${BUCKETS}`),
  field('rejected', 'bytes', `Records rejected although their cohort could be read. ${BUCKETS}`),
  field('rates', arrayOf('bytes'), `Numerators of rates, in the order of the configuration. ${BUCKETS}`),
  field('sums', arrayOf('bytes'), 'Summed fields by name, in units of 2^-20 per unit bucket, as SumTable.encode.'),
])

const fieldCounts = record('FieldCounts', 'Where the values of one field in one cohort went, apart from its sketch.', [
  field('nulls', 'bytes', `Null. ${BUCKETS}`),
  field('absent', 'bytes', `Not there at all. ${BUCKETS}`),
  field('nan', 'bytes', `Not a number. ${BUCKETS}`),
  field('infinite', 'bytes', `Plus or minus infinity. ${BUCKETS}`),
  field('outOfRange', 'bytes', `Finite, outside the declared range. ${BUCKETS}`),
  field('aside', 'bytes', `Set aside: of the wrong type or not in the declared vocabulary. ${BUCKETS}`),
  field('trues', 'bytes', `True, of a boolean field. ${BUCKETS}`),
])

const fieldTallies = record('FieldTallies', 'One monitored field: accepted records only, repeats left out.', [
  field(
    'kind',
    {
      type: 'enum',
      name: 'FieldKind',
      doc: 'As configured.',
      symbols: ['numeric', 'categorical', 'boolean'],
    },
    'What the field holds.',
  ),
  field('controlCounts', fieldCounts, 'Of control.'),
  field('candidateCounts', 'FieldCounts', 'Of candidate.'),
  field(
    'controlValues',
    'bytes',
    'Of control: ValueHistogram.encode (numeric) or CategoryCounts.encode (categorical); empty for boolean.',
  ),
  field('candidateValues', 'bytes', 'Of candidate, likewise.'),
  field(
    'tableKind',
    {
      type: 'enum',
      name: 'TableKind',
      doc: 'none: boolean. bins: BinTable. categories: CategoryTable. cells: CellTable, in slices once cells are frozen.',
      symbols: ['none', 'bins', 'categories', 'cells'],
    },
    'Which table follows.',
  ),
  field(
    'table',
    'bytes',
    'Control and candidate by unit bucket and bin or cell, in the encoding of its kind; empty for none.',
  ),
])

const violationTallies = record('ViolationTallies', 'Violations of one reason in one field.', [
  field('reason', 'string', 'From the closed list of reasons, or "other" for all pairs beyond the first 64.'),
  field(
    'field',
    'string',
    'The field; the time field for a timestamp, the cohort field for a cohort; empty where there is none.',
  ),
  field('control', 'bytes', `Of control. ${BUCKETS}`),
  field('candidate', 'bytes', `Of candidate. ${BUCKETS}`),
  field('outside', 'long', 'Of records outside the two cohorts.'),
  field(
    'outsideBuckets',
    { type: 'fixed', name: 'BucketSet', size: 32 },
    'Unit buckets those came from, where known: bucket b is bit b mod 8 of byte b div 8.',
  ),
])

const keyCount = record('KeyCount', 'How many records had something.', [
  field(
    'key',
    'string',
    'A schema id, or a top-level field and its type as name:type; "other" for all beyond 256 keys.',
  ),
  field('count', 'long', 'Accepted, late and rejected records.'),
])

const insideTallies = record('InsideTallies', 'One cohort inside one value of a segment: accepted records only.', [
  field('accepted', 'bytes', `Records. ${BUCKETS}`),
  field(
    'missing',
    arrayOf(
      record('MissingInside', 'A field that was null, absent or NaN.', [
        field('field', 'int', 'Position of the field in the configuration.'),
        field('counts', 'bytes', `How often. ${BUCKETS}`),
      ]),
    ),
    'Ascending by field; those that were never missing are left out.',
  ),
  field('rates', arrayOf('bytes'), `Numerators of rates, in the order of the configuration. ${BUCKETS}`),
  field('sums', arrayOf('bytes'), 'Summed fields by name, in units of 2^-20 per unit bucket, as SumTable.encode.'),
])

const segmentTallies = record('SegmentTallies', 'Records that hold one counted value of a declared segment.', [
  field('field', 'int', "Position of the segment's field in the configuration."),
  field('value', 'string', 'The value as text.'),
  field('control', insideTallies, 'Of control.'),
  field('candidate', 'InsideTallies', 'Of candidate.'),
])

export const talliesSchema = record('Tallies', 'Everything of one stream that adds.', [
  field('control', cohortTallies, 'Cohort control.'),
  field('candidate', 'CohortTallies', 'Cohort candidate.'),
  field('other', outsideTallies, 'Records of a cohort that is configured nowhere.'),
  field('unknown', 'OutsideTallies', 'Records whose cohort could not be read.'),
  field('synthetic', 'long', 'Synthetic records; they are in no other figure.'),
  field('units', 'bytes', 'Units of control and candidate, each with the mask of its cohorts, as UnitSample.encode.'),
  field('otherUnits', 'bytes', 'Units of cohort other, as UnitSample.encode.'),
  field('fields', arrayOf(fieldTallies), 'The monitored fields, in the order of the configuration.'),
  field('violations', arrayOf(violationTallies), 'In order of first appearance; at most 64, then one "other".'),
  field('schemaIds', arrayOf(keyCount), 'By schema id, ascending by UTF-16 code units.'),
  field('shapes', arrayOf('KeyCount'), 'By top-level field and type, ascending by UTF-16 code units.'),
  {
    ...field(
      'segments',
      arrayOf(segmentTallies),
      'Inside counted segments, by field and value (UTF-8 bytes); every counted value has an entry. Empty = not counted.',
    ),
    default: [],
  },
])
