import type {
  AlertMark,
  CompareAnswer,
  CompareQuery,
  ComparedSide,
  Condition,
  FieldSummary,
  HistoryAnswer,
  HistoryPoint,
  HistoryQuery,
  QuarantinedExample,
  ServiceFacts,
  ShownAlert,
  ShownCheck,
  StreamFacts,
  StreamTrails,
} from '../../src/http/facts.ts'
import { AlertRing } from '../../src/service/alert-ring.ts'
import type { Alert, CheckVerdict } from '../../src/verdict/check.ts'
import type { WatchListEntry } from '../../src/verdict/watch-list.ts'

export const FROM_MS = Date.parse('2026-03-04T22:00:00Z')
export const TO_MS = FROM_MS + 3_600_000

/** A service that knows one stream, `impressions`, with every kind of field; tests override what they are about. */
export function fakeFacts(overrides: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    streamNames: () => ['impressions', 'purchases'],
    stream: (name) => (name === 'impressions' || name === 'purchases' ? fakeStream(name) : null),
    checks: () => [fakeCheck('price', 'FAIL'), fakeCheck('country', 'INSUFFICIENT'), fakeCheck('is_member', 'PASS')],
    overall: () => ({ verdict: 'FAIL', reason: 'missing price: 2.1 % of candidate values against 0.0 %' }),
    alerts: () => [fakeAlert('price', 'firing'), fakeAlert('country', 'resolved')],
    alertMarks: () => [fakeMark('price', 'firing'), fakeMark('country', 'firing'), fakeMark('country', 'resolved')],
    alertEvents: new AlertRing(),
    trails: (name) => (name === 'impressions' || name === 'purchases' ? fakeTrails() : null),
    history: async (query) => fakeHistory(query),
    quarantine: () => ({ examples: [FAKE_REJECT], examplesMax: 20 }),
    watchList: () => [fakeWatched('country'), fakeWatched('is_member')],
    comparable: () => ['control', 'candidate'],
    compare: async (query) => fakeAnswer(query),
    epoch: () => 'epoch-1',
    conditions: () => CONDITIONS_MET,
    hasStarted: () => true,
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: '# nothing\n' }),
    ...overrides,
  }
}

export const CONDITIONS_MET: readonly Condition[] = [
  { name: 'broker', isMet: true, detail: 'localhost:9092' },
  { name: 'view', isMet: true, detail: 'open' },
]

export function fakeCheck(field: string, verdict: CheckVerdict['verdict']): ShownCheck {
  return {
    id: `impressions/missing/${field}`,
    stream: 'impressions',
    check: 'missing',
    field,
    segment: null,
    against: 'control',
    verdict,
    expected: false,
    reason: `missing ${field}: 2.1 % of candidate values against 0.0 %`,
    effect: { name: 'difference', estimate: 0.021, low: 0.018, high: 0.024, threshold: 0.005 },
    evidence: { nats: 61.2, thresholdNats: 12.4 },
    n: { control: 50_010, candidate: 49_980 },
    muted: null,
  }
}

export function fakeAlert(field: string, state: Alert['state']): ShownAlert {
  const { check, stream, segment, against, effect, evidence, n, reason } = fakeCheck(field, 'FAIL')
  return {
    id: `alert-${field}`,
    check,
    stream,
    field,
    segment,
    cohort: 'candidate',
    against,
    severity: 'critical',
    state,
    firedAtMs: FROM_MS,
    resolvedAtMs: state === 'resolved' ? TO_MS : null,
    group: 'group-1',
    direction: 'up',
    effect,
    evidence,
    n,
    reason,
    acknowledged: null,
    muted: null,
  }
}

export function fakeMark(field: string, type: AlertMark['type']): AlertMark {
  const {
    id: alertId,
    check,
    stream,
    segment,
    severity,
    direction,
    effect,
    evidence,
    n,
    reason,
  } = fakeAlert(field, 'firing')
  const told = { check, stream, field, segment, severity, direction, effect, evidence, n, reason }
  const atMs = type === 'resolved' ? TO_MS : FROM_MS
  return { id: `${type}-${field}`, alertId, checkId: `impressions/missing/${field}`, type, atMs, ...told }
}

export const FAKE_REJECT: QuarantinedExample = {
  stream: 'impressions',
  topic: 'shop.impressions',
  partition: 3,
  offset: 4_711,
  reason: 'undecodable',
  field: null,
  hash: `sha256:${'0'.repeat(64)}`,
  quarantinedAtMs: FROM_MS,
}

function fakeTrails(): StreamTrails {
  const point = { count: 50_000, missingShare: 0.002, value: 20.1 }
  const field = { name: 'price', kind: 'numeric' as const, top: null, control: [point], candidate: [point] }
  return { stepMs: 3_600_000, startsMs: [FROM_MS], fields: [field] }
}

function fakeHistory({ stream, field, fromMs, toMs, stepMs }: HistoryQuery): HistoryAnswer {
  const quantiles = { '0.5': 18.2, '0.9': 41, '0.99': 80.3 }
  const point: HistoryPoint = { count: 50_000, missing: 100, missingShare: 0.002, values: 49_900, value: 20.1, quantiles } // prettier-ignore
  const bucket = {
    startMs: FROM_MS,
    endMs: TO_MS,
    slices: 12,
    control: point,
    candidate: point,
    difference: { estimate: 0, low: -0.1, high: 0.1 },
    shift: { estimate: 0.01, low: -0.01, high: 0.03 },
    missingDifference: { estimate: 0, low: -0.001, high: 0.001 },
    distances: { psi: 0.01, ks: 0.02, js: 0.03, wassersteinRatio: 0.04 },
  }
  const history = {
    stream,
    field,
    kind: 'numeric' as const,
    measure: 'mean' as const,
    category: null,
    thresholds: { change: 0.03, missing: 0.005 },
    fromMs: fromMs ?? FROM_MS,
    toMs: toMs ?? TO_MS,
    stepMs: stepMs ?? 3_600_000,
    buckets: [bucket],
    marks: [fakeMark('price', 'firing')],
  }
  return { kind: 'history', history }
}

export function fakeWatched(field: string): WatchListEntry {
  const { id, stream, check, segment, against } = fakeCheck(field, 'PASS')
  return { id, stream, check, field, segment, against, firing: false, nats: 9, thresholdNats: 12 }
}

function fakeStream(name: string): StreamFacts {
  return {
    name,
    topic: `shop.${name}`,
    fromMs: FROM_MS,
    toMs: TO_MS,
    slices: 12,
    incompleteSlices: 1,
    events: { read: 100_000, accepted: 99_990, rejected: 7, late: 2, synthetic: 1, duplicates: 3 },
    violations: { undecodable: 7, 'wrong-type': 3 },
    setAside: [{ reason: 'wrong-type', field: 'price', control: 1, candidate: 2, other: 0, lastFromMs: TO_MS - 300_000, lastToMs: TO_MS }], // prettier-ignore
    cohorts: [
      { name: 'control', values: ['m41'], events: 50_010, units: 4990, unitsEstimated: true },
      { name: 'candidate', values: ['m42'], events: 49_977, units: 5003, unitsEstimated: true },
      { name: 'other', values: [], events: 3, units: 3, unitsEstimated: false },
    ],
    fields: (['price', 'country', 'is_member'] as const).map((field) => ({
      name: field,
      kind: field === 'price' ? 'numeric' : field === 'country' ? 'categorical' : 'boolean',
      role: 'feature',
      control: SUMMARY,
      candidate: SUMMARY,
    })),
    metrics: ['click_rate'],
  }
}

const SUMMARY: FieldSummary = {
  count: 50_000,
  missing: 100,
  values: 49_900,
  min: 0.5,
  max: 99,
  mean: 20.1,
  quantiles: { '0.5': 18.2, '0.9': 41, '0.99': 80.3 },
  trues: null,
}

function fakeAnswer({ stream, field, a, b, fromMs, toMs }: CompareQuery): CompareAnswer {
  const side = (cohort: ComparedSide['cohort']): ComparedSide => ({
    cohort,
    ...SUMMARY,
    nulls: 90,
    absent: 10,
    nan: 0,
    infinite: 0,
    outOfRange: 0,
    setAside: 0,
    histogram: [{ low: 0, high: 50, count: 49_900 }],
    categories: null,
    others: null,
    numerator: null,
    denominator: null,
  })
  const comparison = {
    stream,
    field,
    kind: 'numeric' as const,
    fromMs: fromMs ?? FROM_MS,
    toMs: toMs ?? TO_MS,
    slices: 12,
    a: side(a),
    b: side(b),
    baseline: null,
    distances: { psi: 0.01, ks: 0.02, js: 0.03, wassersteinRatio: 0.04 },
    differences: [{ name: 'missing' as const, a: 0.002, b: 0.002, estimate: 0, low: -0.001, high: 0.001 }],
  }
  return { kind: 'compared', comparison }
}
