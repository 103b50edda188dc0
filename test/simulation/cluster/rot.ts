import type { LogRecord } from '../../../src/log/log.ts'
import { kindOf } from '../../../src/pane/chunks.ts'
import { TOPICS } from './cluster.ts'
import { START_MS } from './events.ts'
import type { Random } from './random.ts'
import { HOW } from './spoil.ts'
import type { Damage } from './spoil.ts'
import type { World } from './worlds.ts'

/** One record of one of our own logs that is no longer what was written. */
export interface Rot {
  atMs: number
  topic: string
  damage: Damage
}

const { panes, slices, ledger, alerts } = TOPICS
const COUNT_MAX = 5

export function drawRot(random: Random, { turnMs, growth }: World, peaceMs: number): Rot[] {
  // What people have said stands in the ledger once, and nobody can say it again for them.
  const topics = turnMs === null ? [panes, slices, ledger, alerts] : [panes, slices, alerts]
  return Array.from({ length: random.whole(1, COUNT_MAX) }, () => {
    const topic = random.of(topics)
    // What was read before an era ended nobody reads again after it.
    const place = turnMs !== null || random.chance(0.5) ? 'next' : random.next()
    const damage = drawDamage(random, topic, place)
    // The first slice lists whom it knows of when it is made: made again after the topic grew, it lists one more.
    const isLater: Damage['fits'] = (record) => damage.fits(record) && startOf(record) > START_MS
    const fits = topic === slices && growth !== null ? isLater : damage.fits
    return { atMs: random.between(START_MS, peaceMs), topic, damage: { ...damage, fits } }
  })
}

/** Of a pane or slice. */
export function startOf({ headers }: LogRecord): number {
  return Number(headers['start'])
}

/** Progress and alerts carry no digest: a bit that makes another valid one of them is the broker's checksum's to see. */
function drawDamage(random: Random, topic: string, place: Damage['place']): Damage {
  const [how, at] = [random.of(HOW), random.next()]
  const fits: Damage['fits'] = (record) => topic !== panes || kindOf(record) === 'pane'
  if (topic === alerts) return { how: 'tear', place, at, fits }
  return { how: topic === ledger && how === 'flip in a header' ? 'flip' : how, place, at, fits }
}
