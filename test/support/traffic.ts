import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

/** Made-up traffic of a small shop, always the same for the same wishes: two cohorts, four fields, some clicks. */
export interface ShopEvent {
  id: string
  ts: number
  user: string
  model: string
  price: number | null
  country: string | null
  plan: string | null
  member: boolean | null
  clicked: boolean
  [field: string]: unknown
}

export const SHOP_START_MS = Date.parse('2026-03-02T00:00:00Z')

export function shopConfig(
  stream: Record<string, unknown> = {},
  extra: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    instance: 'test',
    ...extra,
    streams: [
      {
        name: 'shop',
        topic: 'shop.events',
        format: 'json',
        eventTime: { field: 'ts', unit: 'ms' },
        id: 'id',
        unit: 'user',
        salt: 'fixed',
        cohort: { field: 'model', control: ['m1'], candidate: ['m2'] },
        allocation: { control: 0.5, candidate: 0.5 },
        synthetic: { field: 'test', equals: true },
        fields: [
          { name: 'price', kind: 'numeric' },
          { name: 'country', kind: 'categorical' },
          { name: 'plan', kind: 'categorical', values: ['free', 'pro'], required: true },
          { name: 'member', kind: 'boolean' },
        ],
        engagement: [{ name: 'click_rate', rate: { field: 'clicked', equals: true } }],
        ...stream,
      },
    ],
  }
}

/** `perMinute` events a minute for so many hours, in order; users come back, and stay in their cohort. */
export function shopEvents({ hours, perMinute = 20, users = 2_000, seed = 1 }: Wish): ShopEvent[] {
  const random = randomFrom(seed)
  const count = Math.round(hours * 60 * perMinute)
  return Array.from({ length: count }, (_, at) => {
    const user = Math.floor(random() * users)
    return {
      id: `e${at}`,
      ts: SHOP_START_MS + Math.floor(((at + random()) * 60_000) / perMinute),
      user: `u${user}`,
      model: user % 2 === 0 ? 'm1' : 'm2',
      price: Math.round((5 + 95 * random() * random()) * 100) / 100,
      country: ['de', 'fr', 'it', 'es'][Math.floor(random() * 4)]!,
      plan: random() < 0.7 ? 'free' : 'pro',
      member: random() < 0.5,
      clicked: random() < 0.2,
    }
  }).sort((a, b) => a.ts - b.ts)
}

export interface Wish {
  hours: number
  perMinute?: number
  users?: number
  seed?: number
}

/** Lines as they are where they are texts already: what a broken producer writes. */
export function ndjson(events: readonly (object | string)[]): string {
  return `${events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event))).join('\n')}\n`
}

/** Writes configuration (JSON is YAML) and events; answers the arguments of a replay over them. */
export function replayOf(
  folder: string,
  name: string,
  events: readonly (object | string)[] | Buffer,
  config: Record<string, unknown> = shopConfig(),
): string[] {
  const configPath = path.join(folder, `${name}.yaml`)
  const input = path.join(folder, `${name}.ndjson.gz`)
  writeFileSync(configPath, JSON.stringify(config))
  writeFileSync(input, Buffer.isBuffer(events) ? events : gzipSync(ndjson(events), { level: 1 }))
  return ['replay', '--config', configPath, '--input', input]
}

/** mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed * 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
