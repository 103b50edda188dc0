import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../simulation/cluster/random.ts'
import { Child, GAVE_UP, LEAVES_WITHIN_MS, PATIENCE_MS } from './child.ts'
import { SESSION_MS, stateFolder } from './config.ts'
import { ruin } from './ruin.ts'
import type { Weather } from './storm.ts'

/** What befalls an instance. `early`: in the middle of its start, when it has joined some groups and not others. */
export type Blow = 'kill' | 'kill early' | 'stop and go on' | 'stop and kill' | 'leave'

export interface Tally {
  kills: number
  blows: Record<Blow, number>
  starts: number
  /** State folders that somebody deleted, cut or filled with noise between two starts. */
  ruined: number
  /** Ended by itself because somebody else had written first, or the broker was away: what watches over it starts it again. */
  gaveUp: string[]
}

/** Of the starts, so many find their state folder ruined. */
const RUINED = 0.15

/** The place of one instance: it is started again and again, and each time something befalls it, until nobody wants any more. */
export class Slot {
  private readonly configPath: string
  private readonly weather: Weather
  private readonly random: Random
  private readonly tally: Tally
  private child: Child

  constructor(configPath: string, weather: Weather, random: Random, tally: Tally) {
    this.configPath = configPath
    this.weather = weather
    this.random = random
    this.tally = tally
    this.child = this.start()
  }

  get current(): Child {
    return this.child
  }

  /** Blow after blow, while `wants` says so; what runs then runs on. */
  async endure(wants: () => boolean): Promise<void> {
    while (wants()) {
      const blow = this.draw()
      if (blow === 'kill early') await sleep(this.random.between(200, 3_000))
      else if (await this.child.runs()) await sleep(this.random.between(0, 1_000))
      if (!wants() && !this.child.isOver) return
      await this.strike(blow)
      if (this.random.chance(RUINED)) {
        ruin(stateFolder(this.configPath), this.random)
        this.tally.ruined++
      }
      this.child = this.start()
    }
  }

  /** As what watches over it in real life: who has given up is started again. */
  async watch(isOver: Promise<unknown>): Promise<void> {
    const over = isOver.then(() => null)
    while ((await Promise.race([this.child.ended, over])) !== null) {
      await this.assertGaveUp()
      this.child = this.start()
    }
  }

  private draw(): Blow {
    if (this.random.chance(this.weather === 'departures' ? 0.9 : 0.1)) return 'leave'
    if (this.random.chance(0.1)) return this.random.of(['stop and go on', 'stop and kill'])
    return this.random.chance(0.4) ? 'kill early' : 'kill'
  }

  private async strike(blow: Blow): Promise<void> {
    const { child, tally } = this
    if (child.isOver) return this.assertGaveUp()
    tally.blows[blow]++
    if (blow === 'leave') {
      child.kill('SIGTERM')
    } else {
      if (blow === 'stop and go on' || blow === 'stop and kill') {
        child.kill('SIGSTOP')
        await sleep(SESSION_MS + this.random.between(300, 2_000))
      }
      if (blow === 'stop and go on') {
        // A zombie, with records and panes in its hands that are somebody else's by now.
        child.kill('SIGCONT')
        await sleep(this.random.between(100, 1_500))
      }
      if (child.isOver) return this.assertGaveUp()
      tally.kills++
      child.kill('SIGKILL')
    }
    const ended = await child.endsWithin(LEAVES_WITHIN_MS, blow)
    if (blow === 'leave' && ended.code !== 0) await this.assertGaveUp()
  }

  private async assertGaveUp(): Promise<void> {
    const { code, signal } = await this.child.endsWithin(PATIENCE_MS, 'it had ended')
    if (code !== GAVE_UP) throw new Error(`${path.basename(this.configPath)} ended with ${code ?? signal}:\n${this.child.lastWords()}`) // prettier-ignore
    this.tally.gaveUp.push(/EVENKEEL_\w+: [^"\n]*$/m.exec(this.child.output)?.[0] ?? this.child.lastWords())
  }

  private start(): Child {
    this.tally.starts++
    return new Child(this.configPath)
  }
}

export function emptyTally(): Tally {
  return { kills: 0, blows: { kill: 0, 'kill early': 0, 'stop and go on': 0, 'stop and kill': 0, leave: 0 }, starts: 0, ruined: 0, gaveUp: [] } // prettier-ignore
}
