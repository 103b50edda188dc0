import { closeSync, constants, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import path from 'node:path'

/**
 * What was being read when the process died: for records that kill whoever reads them.
 *
 * One page in the state folder, written over in place before a batch is decoded and again when it is done. It is never flushed
 * to the disk: the kernel keeps the page when a process dies, and what a machine's crash loses is one suspicion. Two system
 * calls a batch, and none between its records.
 *
 *   a batch is open at a start ─► its range is under suspicion: it is read with a mark around each record
 *   the mark of the same record is there after two deaths ─► the culprit
 *
 * A process may die of anything, at any place: by `kill -9` in the middle of a good batch. Then the batch is stepped through
 * once, in peace, and the suspicion is gone. Only who dies twice inside the very same record is taken for its victim.
 */
export class CrashJournal {
  private readonly file: number | null
  private readonly page = Buffer.alloc(PAGE_BYTES, ' ')
  private readonly onFailure: (error: Error) => void
  private suspects: Suspect[]
  private reading: Reading | null = null
  private hasFailed = false

  /** @param directory the state folder. `onFailure`: told once; the service goes on without it */
  constructor(directory: string, onFailure: (error: Error) => void) {
    this.onFailure = onFailure
    const name = path.join(directory, FILE_NAME)
    const before = readJournal(name)
    this.suspects = before.reading === null ? before.suspects : blame(before.suspects, before.reading)
    this.file = this.attempt(() => {
      mkdirSync(directory, { recursive: true })
      return openSync(name, constants.O_RDWR | constants.O_CREAT)
    })
    this.write()
  }

  /** A range is about to be read. True: it is under suspicion, and each record is to be marked. */
  begin({ topic, partition, from, to }: Range): boolean {
    this.reading = { topic, partition, from, to, at: null }
    this.write()
    return this.suspects.some((suspect) => overlaps(suspect, this.reading!))
  }

  /** It was read up to `through`; null: it failed, and is tried again. Who is through a suspected range alive has cleared it. */
  end(through: number | null): void {
    const { reading } = this
    if (reading === null) return
    if (through !== null && this.suspects.length > 0) {
      const isCleared = (suspect: Suspect): boolean => isSamePlace(suspect, reading) && suspect.to <= through
      this.suspects = this.suspects.filter((suspect) => !isCleared(suspect))
    }
    this.reading = null
    this.write()
  }

  /** Marks one record while `work` is done with it. */
  marked<T>(offset: number, work: () => T): T {
    const { reading } = this
    if (reading === null) return work()
    this.mark(reading, offset)
    const result = work() // whatever it throws ends the process: the mark stays
    this.mark(reading, null)
    return result
  }

  /** Whether this very record has ended the process before, more than once. */
  isCulprit({ topic, partition, offset }: { topic: string; partition: number; offset: number }): boolean {
    return this.suspects.some(
      (suspect) =>
        isSamePlace(suspect, { topic, partition }) &&
        suspect.marks.some(([at, deaths]) => at === offset && deaths >= CULPRIT_DEATHS),
    )
  }

  close(): void {
    if (this.file !== null) this.attempt(() => closeSync(this.file!))
  }

  private mark(reading: Reading, offset: number | null): void {
    reading.at = offset
    this.write()
  }

  private write(): void {
    if (this.file === null || this.hasFailed) return
    const text = JSON.stringify({ journal: JOURNAL, reading: this.reading, suspects: this.suspects })
    const length = this.page.write(text, 0, 'utf8')
    this.page.fill(' ', length)
    this.attempt(() => writeSync(this.file!, this.page, 0, PAGE_BYTES, 0))
  }

  private attempt<T>(work: () => T): T | null {
    try {
      return work()
    } catch (error) {
      if (!this.hasFailed) this.onFailure(error as Error)
      this.hasFailed = true
      return null
    }
  }
}

export interface Range {
  topic: string
  partition: number
  from: number
  /** The first offset behind it. */
  to: number
}

interface Reading extends Range {
  /** The record that is marked. */
  at: number | null
}

interface Suspect extends Range {
  /** Records that were marked when the process died, and how often. */
  marks: [offset: number, deaths: number][]
}

const FILE_NAME = 'observe.journal'
const JOURNAL = 'evenkeel.journal/1'
const PAGE_BYTES = 4096
const CULPRIT_DEATHS = 2
/** So that the page holds them: a topic's name has at most 249 characters. */
const SUSPECTS_MAX = 4
const MARKS_MAX = 8

function blame(suspects: readonly Suspect[], { at, ...range }: Reading): Suspect[] {
  const known = suspects.find((suspect) => overlaps(suspect, range))
  // Two deaths have the part in common that both were reading.
  const from = Math.max(range.from, known?.from ?? range.from)
  const to = Math.min(range.to, known?.to ?? range.to)
  const marks = new Map(known?.marks ?? [])
  if (at !== null) marks.set(at, (marks.get(at) ?? 0) + 1)
  const suspect: Suspect = { ...range, from, to, marks: [...marks].slice(-MARKS_MAX) }
  return [...suspects.filter((each) => each !== known), suspect].slice(-SUSPECTS_MAX)
}

function isSamePlace(one: Pick<Range, 'topic' | 'partition'>, other: Pick<Range, 'topic' | 'partition'>): boolean {
  return one.topic === other.topic && one.partition === other.partition
}

function overlaps(one: Range, other: Range): boolean {
  return isSamePlace(one, other) && one.from < other.to && other.from < one.to
}

/** Nothing, where there is none, or one that a machine's crash has torn. */
function readJournal(name: string): { reading: Reading | null; suspects: Suspect[] } {
  try {
    const { journal, reading, suspects } = JSON.parse(readFileSync(name, 'utf8')) as Record<string, unknown>
    if (
      journal === JOURNAL &&
      Array.isArray(suspects) &&
      suspects.every(isSuspect) &&
      (reading === null || isReading(reading))
    )
      // prettier-ignore
      return { reading, suspects }
  } catch {
    // It is a help and no truth: without it a crash loop takes one death more.
  }
  return { reading: null, suspects: [] }
}

function isSuspect(value: unknown): value is Suspect {
  const { marks } = value as Partial<Suspect>
  return isRange(value) && Array.isArray(marks) && marks.every((each) => Array.isArray(each) && each.every(Number.isSafeInteger)) // prettier-ignore
}

function isReading(value: unknown): value is Reading {
  return isRange(value) && ((value as Reading).at === null || Number.isSafeInteger((value as Reading).at))
}

function isRange(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { topic, partition, from, to } = value as Partial<Range>
  return typeof topic === 'string' && [partition, from, to].every(Number.isSafeInteger)
}
