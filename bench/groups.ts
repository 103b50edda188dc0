import type { Group } from './row.ts'

/** Every group of the bench by the name it is asked for, with its headline. Loaded only where it runs, in its own process. */
export const GROUPS: Readonly<Record<string, { title: string; load: () => Promise<Group> }>> = {
  observe: {
    title: 'observe: Avro records in memory to closed panes',
    load: async () => (await import('./observe.ts')).observeRows,
  },
  kafka: {
    title: 'observe from a real local Kafka topic, panes published and offsets committed',
    load: async () => (await import('./kafka.ts')).kafkaRows,
  },
  'catch-up': {
    title: 'catching up after an outage, and what commits and progress cost',
    load: async () => (await import('./catch-up.ts')).catchUpRows,
  },
  outages: {
    title: 'from the end of an instance until its events are read by another',
    load: async () => (await import('./outages.ts')).outagesRows,
  },
  instances: {
    title: 'two instances beside one',
    load: async () => (await import('./instances.ts')).instancesRows,
  },
  'replay-lines': {
    title: 'replay: a file of JSON lines to verdicts',
    load: async () => (await import('./replay.ts')).replayLinesRows,
  },
  'replay-blocks': {
    title: 'replay: an Avro container to verdicts',
    load: async () => (await import('./replay.ts')).replayBlocksRows,
  },
  'memory-replay': {
    title: 'memory of a replay of five million events',
    load: async () => (await import('./memory-replay.ts')).memoryReplayRows,
  },
  'memory-panes': {
    title: 'memory of 12 partitions × 50 fields × 100,000 events a pane',
    load: async () => (await import('./memory-panes.ts')).memoryPanesRows,
  },
  close: {
    title: 'closing a pane of 50 fields',
    load: async () => (await import('./close.ts')).closeRows,
  },
  decode: {
    title: 'decoding alone',
    load: async () => (await import('./decode.ts')).decodeRows,
  },
  sketch: {
    title: 'sketches alone, beside the npm package tdigest',
    load: async () => (await import('./sketch.ts')).sketchRows,
  },
  judge: {
    title: 'the judge: slices to verdicts, what it holds, and how long it takes to be rebuilt',
    load: async () => (await import('./judge.ts')).judgeRows,
  },
  page: {
    title: 'the overview, from the verdicts to the page',
    load: async () => (await import('./page.ts')).pageRows,
  },
  http: {
    title: 'the API: comparisons, /metrics, slow clients',
    load: async () => (await import('./http.ts')).httpRows,
  },
}
