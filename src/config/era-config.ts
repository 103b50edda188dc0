import { canonicalJson } from '../ledger/canonical-json.ts'
import { isObject } from '../ledger/guards.ts'
import type { PanesConfigured } from '../ledger/record.ts'
import type { Config, FieldConfig, PaneConfig, PaneShape, StreamConfig } from './shape.ts'

/**
 * The configuration of an instance with what the ledger says of panes laid over it: so an instance with yesterday's file makes
 * tomorrow's panes, and the other way round, and nobody has to be updated first.
 *
 * @param own of the group that is looked at: its panes and limits count
 * @param others of the other groups at that time: what all checks together may cost depends on them
 */
export function configOfEra(config: Config, own: PanesConfigured, others: readonly PanesConfigured[] = []): Config {
  const shapes = new Map([...others, own].flatMap(shapesByName))
  const { panes, limits } = own.paneConfig
  return {
    ...config,
    panes: { ...config.panes, ...panes },
    limits: { ...config.limits, ...limits },
    streams: config.streams.map((stream) => {
      const shape = shapes.get(stream.name)
      return shape === undefined ? stream : shapedStream(stream, shape)
    }),
  }
}

/** What differs between two shapes of panes, by the path of the key: `streams.shop.fields.price.kind: numeric → categorical`. */
export function paneDifferences(before: PaneConfig, after: PaneConfig): string[] {
  return differences('', before, after)
}

/** Of every field, in the order of its pane configuration: as a record of the ledger holds them. */
export function rolesOf(streams: readonly StreamConfig[]): PanesConfigured['roles'] {
  return streams.map(({ fields }) => fields.map(({ role }) => role))
}

type ShapeWithRoles = PaneShape & { roles: readonly FieldConfig['role'][] }

function shapesByName({ paneConfig, roles }: PanesConfigured): [string, ShapeWithRoles][] {
  return paneConfig.streams.map((shape, at) => [shape.name, { ...shape, roles: roles[at]! }])
}

/** Roles shape no pane and are the file's own to say, of fields that it knows. */
function shapedStream(stream: StreamConfig, { roles, ...shape }: ShapeWithRoles): StreamConfig {
  const known = new Map(stream.fields.map(({ name, role }) => [name, role]))
  const fields = shape.fields.map((field, at) => ({ ...field, role: known.get(field.name) ?? roles[at]! }))
  return { ...stream, ...shape, fields }
}

function differences(path: string, before: unknown, after: unknown): string[] {
  if (spelled(before) === spelled(after)) return []
  if (isNamed(before) && isNamed(after)) return namedDifferences(path, before, after)
  if (!isObject(before) || !isObject(after)) return [`${path}: ${textOf(before)} → ${textOf(after)}`]
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return keys.flatMap((key) => differences(path === '' ? key : `${path}.${key}`, before[key], after[key]))
}

/** Streams, fields and metrics have names; their order counts as well. */
function namedDifferences(path: string, before: readonly Named[], after: readonly Named[]): string[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))]
  const found = names.flatMap((name) => {
    const [left, right] = [before, after].map((each) => each.find((one) => one.name === name))
    return differences(`${path}.${name}`, left, right)
  })
  return found.length > 0 ? found : [`${path}: in another order`]
}

/** Keys of a record that was read back stand in another order. */
function spelled(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value)
}

interface Named {
  name: string
}

function isNamed(value: unknown): value is readonly Named[] {
  return Array.isArray(value) && value.every((each) => isObject(each) && typeof each['name'] === 'string')
}

function textOf(value: unknown): string {
  if (value === undefined) return 'not there'
  if (isObject(value) && typeof value['kind'] === 'string') return value['kind']
  return typeof value === 'string' ? value : JSON.stringify(value)
}
