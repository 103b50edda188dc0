import type { Tallies } from '../pane/pane.ts'

/**
 * What all partitions of a stream said in [startMs, startMs + lengthMs): the only input of every verdict.
 * Streams joined by a ratio metric form a group: one slice holds them all, keyed by the group's first name.
 * The first slice in the log for (stream, startMs) wins.
 */
export interface Slice {
  /** The group's first stream. */
  stream: string
  startMs: number
  lengthMs: number
  /** T: 1 for the stream's first slice; empty slices count. */
  number: number
  paneConfigDigest: string
  streams: StreamSlice[]
}

export interface StreamSlice {
  name: string
  /** By partition number. */
  partitions: PartitionEntry[]
  tallies: Tallies
}

export interface PartitionEntry {
  partition: number
  /** `sha256:…` of the pane, or why there is none. */
  pane: string | 'empty' | 'incomplete'
  idle: boolean
  lost: number
}

/** A slice with the bytes it stands for: the digest is `sha256:<hex>` of the canonical Avro bytes. */
export interface SealedSlice {
  slice: Slice
  digest: string
}
