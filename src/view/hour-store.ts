import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Sums of whole hours, by stream and column, in a file of their own beside the slices: a week of one field is 168 rows that lie
 * next to each other instead of 2,016 slices of all fields.
 *
 * Nothing is ever right only because it stands here. A row says of how many slices it is the sum; who asks knows how many there are,
 * and makes it anew where the two differ. Slices never change, so the number says which. A row that lost a bit is none.
 * When the file makes trouble it is left alone until the next start, which begins it again.
 */
export class HourStore {
  private readonly options: HourStoreOptions
  private database: DatabaseSync | null

  constructor(options: HourStoreOptions) {
    this.options = options
    this.database = this.open()
  }

  /** Null where there is none of so many slices. */
  get(stream: string, column: number, hourMs: number, slices: number): Uint8Array | null {
    return this.trying(null, (database) => {
      const row = database.prepare(SELECT).get(stream, column, hourMs) as HourRow | undefined
      if (row === undefined || row.slices !== slices) return null
      return sealOf(stream, column, hourMs, slices, row.bytes).equals(row.seal) ? row.bytes : null
    })
  }

  /** All columns of one hour, in one transaction; those that end before the horizon go. */
  put(stream: string, hourMs: number, slices: number, columns: readonly { column: number; bytes: Uint8Array }[]): void {
    this.trying(undefined, (database) => {
      database.exec('BEGIN IMMEDIATE')
      const insert = database.prepare(INSERT)
      const expire = database.prepare('DELETE FROM hours WHERE stream = ? AND position = ? AND hour_ms < ?')
      for (const { column, bytes } of columns) {
        insert.run(stream, column, hourMs, slices, sealOf(stream, column, hourMs, slices, bytes), bytes)
        expire.run(stream, column, hourMs - this.options.horizonMs)
      }
      database.exec('COMMIT')
    })
  }

  close(): void {
    this.database?.close()
    this.database = null
  }

  private open(): DatabaseSync | null {
    const { directory } = this.options
    const file = directory === null ? ':memory:' : path.join(directory, 'hours.sqlite')
    for (const isSecond of [false, true]) {
      let database: DatabaseSync | null = null
      try {
        database = new DatabaseSync(file, { allowExtension: false, defensive: true })
        database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON')
        // What a power cut takes is made again.
        database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA journal_size_limit = 16777216')
        this.begin(database)
        return database
      } catch (error) {
        database?.close()
        if (isSecond || directory === null) {
          this.options.onFailure?.(error as Error)
          return null
        }
        for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
      }
    }
    return null
  }

  /** Rows of another log, or of other fields, are not ours. */
  private begin(database: DatabaseSync): void {
    const about = `${SCHEMA} ${this.options.source}`
    database.exec('CREATE TABLE IF NOT EXISTS about (text TEXT NOT NULL) STRICT')
    const found = database.prepare('SELECT text FROM about').get() as { text: string } | undefined
    if (found?.text === about) return
    database.exec('BEGIN IMMEDIATE; DROP TABLE IF EXISTS hours; DELETE FROM about')
    database.exec(TABLE)
    database.prepare('INSERT INTO about (text) VALUES (?)').run(about)
    database.exec('COMMIT')
  }

  private trying<T>(otherwise: T, work: (database: DatabaseSync) => T): T {
    if (this.database === null) return otherwise
    try {
      return work(this.database)
    } catch (error) {
      // A full disk, or damage: slices still answer, only slower.
      const broken = this.database
      this.database = null
      try {
        broken.close()
      } catch {
        // It is broken already, and this was said.
      }
      this.options.onFailure?.(error as Error)
      return otherwise
    }
  }
}

export interface HourStoreOptions {
  /** Null: in memory. */
  directory: string | null
  /** Names the log and the configuration of its panes. */
  source: string
  horizonMs: number
  onFailure?: (error: Error) => void
}

interface HourRow {
  slices: number
  seal: Uint8Array
  bytes: Uint8Array
}

const SCHEMA = 'evenkeel.hours/v1'
const TABLE =
  'CREATE TABLE hours (stream TEXT NOT NULL, position INTEGER NOT NULL, hour_ms INTEGER NOT NULL, slices INTEGER NOT NULL, ' +
  'seal BLOB NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (stream, position, hour_ms)) STRICT, WITHOUT ROWID'
const SELECT = 'SELECT slices, seal, bytes FROM hours WHERE stream = ? AND position = ? AND hour_ms = ?'
const INSERT = 'INSERT OR REPLACE INTO hours (stream, position, hour_ms, slices, seal, bytes) VALUES (?, ?, ?, ?, ?, ?)'

function sealOf(stream: string, column: number, hourMs: number, slices: number, bytes: Uint8Array): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([stream, column, hourMs, slices]))
    .update(bytes)
    .digest()
    .subarray(0, 16)
}
