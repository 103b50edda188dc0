import { checkIdOf } from '../alert/alert-mark.ts'
import { textBar, textSparklines } from '../page/chart/text.ts'
import { fieldSparks } from '../page/field-sparks.ts'
import type {
  CohortFacts,
  ComparedSide,
  FieldFacts,
  HistoryBucket,
  QuarantinedExample,
  ShownAlert,
  ShownCheck,
  StreamFacts,
  StreamTrails,
  WatchListEntry,
} from './facts.ts'
import { nearness } from '../verdict/watch-list.ts'
import { isoTime, isoTimeOrNull } from './parameters.ts'
import type { StreamSummary } from './stream-routes.ts'
import type { Cell, Column } from './table.ts'

/** The flat records of each list: names that CSV and Markdown readers may rely on, as those of JSON. */
export const CHECK_COLUMNS: readonly Column<ShownCheck>[] = [
  ['id', ({ id }) => id],
  ['stream', ({ stream }) => stream],
  ['check', ({ check }) => check],
  ['field', ({ field }) => field],
  ['segment', ({ segment }) => segment],
  ['against', ({ against }) => against],
  ['verdict', ({ verdict }) => verdict],
  ['expected', ({ expected }) => expected],
  ...judged<ShownCheck>(),
  ['muted_until', ({ muted }) => isoTimeOrNull(muted?.untilMs ?? null)],
  ['reason', ({ reason }) => reason],
]

export const ALERT_COLUMNS: readonly Column<ShownAlert>[] = [
  ['id', ({ id }) => id],
  ['state', ({ state }) => state],
  ['severity', ({ severity }) => severity],
  ['stream', ({ stream }) => stream],
  ['check', ({ check }) => check],
  ['field', ({ field }) => field],
  ['segment', ({ segment }) => segment],
  ['cohort', ({ cohort }) => cohort],
  ['against', ({ against }) => against],
  ['direction', ({ direction }) => direction],
  ['fired_at', ({ firedAtMs }) => isoTime(firedAtMs)],
  ['resolved_at', ({ resolvedAtMs }) => isoTimeOrNull(resolvedAtMs)],
  ...judged<ShownAlert>(),
  ['group', ({ group }) => group],
  ['check_id', (alert) => checkIdOf(alert)],
  ['acknowledged_by', ({ acknowledged }) => acknowledged?.by ?? null],
  ['muted_until', ({ muted }) => isoTimeOrNull(muted?.untilMs ?? null)],
  ['reason', ({ reason }) => reason],
]

export const WATCH_COLUMNS: readonly Column<WatchListEntry>[] = [
  ['id', ({ id }) => id],
  ['stream', ({ stream }) => stream],
  ['check', ({ check }) => check],
  ['field', ({ field }) => field],
  ['segment', ({ segment }) => segment],
  ['against', ({ against }) => against],
  ['firing', ({ firing }) => firing],
  ['nats', ({ nats }) => nats],
  ['threshold_nats', ({ thresholdNats }) => thresholdNats],
]

/** How near to its alarm, as a bar of letters: for Markdown. */
export const NEARNESS_BAR: Column<WatchListEntry> = ['of_an_alarm', (entry) => textBar(nearness(entry), 10)]

export const STREAM_COLUMNS: readonly Column<StreamSummary>[] = [
  ['name', ({ name }) => name],
  ['topic', ({ topic }) => topic],
  ['from', ({ fromMs }) => isoTimeOrNull(fromMs)],
  ['to', ({ toMs }) => isoTimeOrNull(toMs)],
  ['slices', ({ slices }) => slices],
  ['incomplete_slices', ({ incompleteSlices }) => incompleteSlices],
  ['read', ({ events }) => events.read],
  ['accepted', ({ events }) => events.accepted],
  ['rejected', ({ events }) => events.rejected],
  ['late', ({ events }) => events.late],
  ['synthetic', ({ events }) => events.synthetic],
  ['duplicates', ({ events }) => events.duplicates],
  ['checks_pass', ({ checks }) => checks.PASS],
  ['checks_fail', ({ checks }) => checks.FAIL],
  ['checks_insufficient', ({ checks }) => checks.INSUFFICIENT],
  ['checks_error', ({ checks }) => checks.ERROR],
  ['alerts_firing', ({ alertsFiring }) => alertsFiring],
]

export const COHORT_COLUMNS: readonly Column<CohortFacts>[] = [
  ['name', ({ name }) => name],
  ['values', ({ values }) => values.join(' ')],
  ['events', ({ events }) => events],
  ['units', ({ units }) => units],
  ['units_estimated', ({ unitsEstimated }) => unitsEstimated],
]

export const FIELD_COLUMNS: readonly Column<FieldFacts & { checks: readonly ShownCheck[] }>[] = [
  ['name', ({ name }) => name],
  ['kind', ({ kind }) => kind],
  ['role', ({ role }) => role],
  ...sides((side: 'control' | 'candidate'): Column<FieldFacts & { checks: readonly ShownCheck[] }>[] => [
    [`${side}_count`, (field) => field[side].count],
    [`${side}_missing`, (field) => field[side].missing],
    [`${side}_values`, (field) => field[side].values],
    [`${side}_min`, (field) => field[side].min],
    [`${side}_max`, (field) => field[side].max],
    [`${side}_mean`, (field) => field[side].mean],
    [`${side}_p50`, (field) => field[side].quantiles?.['0.5'] ?? null],
    [`${side}_p90`, (field) => field[side].quantiles?.['0.9'] ?? null],
    [`${side}_p99`, (field) => field[side].quantiles?.['0.99'] ?? null],
    [`${side}_trues`, (field) => field[side].trues],
  ]),
  ['checks_failing', ({ checks }) => checks.filter(({ verdict }) => verdict === 'FAIL').length],
]

/** The last two days by the hour, both cohorts on one scale, as lines of letters: for Markdown, where somebody looks at it. */
export function trailColumns(
  stream: StreamFacts,
  trails: StreamTrails | null,
): Column<FieldFacts & { checks: readonly ShownCheck[] }>[] {
  const lines = new Map(
    stream.fields.map(({ name }, position) => {
      const { valueSpark, missingSpark } = fieldSparks(stream, trails, position)
      return [
        name,
        {
          values: valueSpark === null ? NO_LINES : textSparklines(valueSpark),
          missing: missingSpark === null ? NO_LINES : textSparklines(missingSpark),
        },
      ]
    }),
  )
  return (['values', 'missing'] as const).flatMap((what) => [
    [`control_${what}_48_hours`, ({ name }) => lines.get(name)![what].a],
    [`candidate_${what}_48_hours`, ({ name }) => lines.get(name)![what].b],
  ])
}

const NO_LINES = { a: '', b: '' }

export const QUARANTINE_COLUMNS: readonly Column<QuarantinedExample>[] = [
  ['stream', ({ stream }) => stream],
  ['topic', ({ topic }) => topic],
  ['partition', ({ partition }) => partition],
  ['offset', ({ offset }) => offset],
  ['reason', ({ reason }) => reason],
  ['field', ({ field }) => field],
  ['hash', ({ hash }) => hash],
  ['quarantined_at', ({ quarantinedAtMs }) => isoTime(quarantinedAtMs)],
]

export const HISTORY_COLUMNS: readonly Column<HistoryBucket>[] = [
  ['start', ({ startMs }) => isoTime(startMs)],
  ['end', ({ endMs }) => isoTime(endMs)],
  ['slices', ({ slices }) => slices],
  ...sides((side: 'control' | 'candidate'): Column<HistoryBucket>[] => [
    [`${side}_count`, (bucket) => bucket[side].count],
    [`${side}_missing_share`, (bucket) => bucket[side].missingShare],
    [`${side}_value`, (bucket) => bucket[side].value],
    [`${side}_p50`, (bucket) => bucket[side].quantiles?.['0.5'] ?? null],
    [`${side}_p90`, (bucket) => bucket[side].quantiles?.['0.9'] ?? null],
    [`${side}_p99`, (bucket) => bucket[side].quantiles?.['0.99'] ?? null],
  ]),
  ['difference', ({ difference }) => difference?.estimate ?? null],
  ['difference_low', ({ difference }) => difference?.low ?? null],
  ['difference_high', ({ difference }) => difference?.high ?? null],
  ['shift', ({ shift }) => shift?.estimate ?? null],
  ['missing_difference', ({ missingDifference }) => missingDifference?.estimate ?? null],
  ['psi', ({ distances }) => distances.psi],
  ['ks', ({ distances }) => distances.ks],
  ['js', ({ distances }) => distances.js],
  ['wasserstein_ratio', ({ distances }) => distances.wassersteinRatio],
]

export const SIDE_COLUMNS: readonly Column<ComparedSide>[] = [
  ['cohort', ({ cohort }) => cohort],
  ...(['count', 'missing', 'values', 'min', 'max', 'mean', 'trues', 'nulls', 'absent', 'nan', 'infinite'] as const).map(
    (name): Column<ComparedSide> => [name, (side) => side[name]],
  ),
  ['out_of_range', ({ outOfRange }) => outOfRange],
  ['set_aside', ({ setAside }) => setAside],
  ['p50', ({ quantiles }) => quantiles?.['0.5'] ?? null],
  ['p90', ({ quantiles }) => quantiles?.['0.9'] ?? null],
  ['p99', ({ quantiles }) => quantiles?.['0.99'] ?? null],
  ['numerator', ({ numerator }) => numerator],
  ['denominator', ({ denominator }) => denominator],
]

function judged<Item extends Pick<ShownCheck, 'effect' | 'evidence' | 'n'>>(): Column<Item>[] {
  const effect =
    (name: 'estimate' | 'low' | 'high' | 'threshold') =>
    (item: Item): Cell =>
      item.effect?.[name] ?? null
  return [
    ['effect', (item) => item.effect?.name ?? null],
    ['estimate', effect('estimate')],
    ['low', effect('low')],
    ['high', effect('high')],
    ['threshold', effect('threshold')],
    ['nats', (item) => item.evidence?.nats ?? null],
    ['threshold_nats', (item) => item.evidence?.thresholdNats ?? null],
    ['n_control', (item) => item.n.control],
    ['n_candidate', (item) => item.n.candidate],
  ]
}

function sides<Item>(of: (side: 'control' | 'candidate') => Column<Item>[]): Column<Item>[] {
  return [...of('control'), ...of('candidate')]
}
