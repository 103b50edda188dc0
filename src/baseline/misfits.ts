import type { Config, StreamConfig } from '../config/shape.ts'
import { canonicalJson } from '../ledger/canonical-json.ts'
import type { Baseline, BaselineStream } from './baseline.ts'
import { shapeOf } from './shape.ts'
import type { StreamShape } from './shape.ts'

/**
 * Where a baseline and a configuration speak of the same thing and mean another: its figures cannot be compared then, and
 * nobody should find out from an alert. What only one of the two knows is no misfit: a new field has no other days yet.
 */
export function misfits(baseline: Baseline, config: Pick<Config, 'streams' | 'panes'>): string[] {
  const { lengthMs } = config.panes
  const problems: string[] = []
  if (baseline.lengthMs !== lengthMs) problems.push(`its slices are ${baseline.lengthMs} ms long, here panes are ${lengthMs} ms`) // prettier-ignore
  const both = config.streams.flatMap((stream) => {
    const known = baseline.streams.find(({ name }) => name === stream.name)
    return known === undefined ? [] : [{ stream, known }]
  })
  if (both.length === 0) {
    const names = baseline.streams.map(({ name }) => name).join(', ')
    problems.push(`it describes ${names === '' ? 'no stream' : names}, here are ${config.streams.map(({ name }) => name).join(', ')}`) // prettier-ignore
  }
  return [...problems, ...both.flatMap(({ stream, known }) => misfitsOf(stream, known))]
}

function misfitsOf(stream: StreamConfig, { name, shape: there }: BaselineStream): string[] {
  const here = shapeOf(stream)
  const differing = (what: string, left: unknown, right: unknown): string[] => {
    const [thereText, hereText] = [canonicalJson(left), canonicalJson(right)]
    return thereText === hereText ? [] : [`${name}: ${what} is ${thereText} there and ${hereText} here`]
  }
  const ofBoth = <T extends { name: string }>(kind: keyof StreamShape, left: readonly T[], right: readonly T[]) =>
    left.flatMap((one) => {
      const other = right.find((each) => each.name === one.name)
      return other === undefined ? [] : differing(`${kind === 'rates' ? 'rate' : 'field'} ${one.name}`, one, other)
    })
  return [
    ...differing('eventTime', there.eventTime, here.eventTime),
    ...differing('id', there.id, here.id),
    ...differing('synthetic', there.synthetic, here.synthetic),
    ...ofBoth('fields', there.fields, here.fields),
    ...ofBoth('rates', there.rates, here.rates),
  ]
}
