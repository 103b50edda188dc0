import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MonitorError } from '../errors.ts'
import { SealMix, sealRow, sealText } from './seal.ts'
import type { SliceRow } from './seal.ts'

/**
 * Opening the view's file: ours and whole, or not at all.
 *
 * The file is a copy of what the slices log says, so nothing in it is worth repairing: whatever is damaged is deleted and
 * built again from the log. Only a file that is not ours is kept, under another name. What cannot be helped that way (no
 * right to write, another process on it) is an error of the outside world.
 */
export interface OpenedView {
  database: DatabaseSync
  /** How the file was found: `damaged` and `foreign` start empty like `fresh`. */
  found: 'fresh' | 'kept' | 'damaged' | 'foreign' | 'outdated'
  head: ViewHead
  rows: RowEntry[]
  mix: SealMix
}

/** The one row that says what the others stand for. Written in the same transaction as they. */
export interface ViewHead {
  /** Which log this is a view of. */
  source: string
  /** Offset of the next record to read, by partition of the slices log. */
  places: [partition: number, next: number][]
  count: number
  mix: string
}

export interface RowEntry {
  id: number
  stream: string
  startMs: number
  endMs: number
}

export async function openViewFile(file: string, source: string): Promise<OpenedView> {
  if (file === MEMORY) return createFresh(file, source)
  try {
    mkdirSync(path.dirname(file), { recursive: true })
    const owner = ownerOf(file)
    if (owner === 'nobody') return createFresh(file, source)
    if (owner === 'somebody') {
      moveAside(file)
      return createFresh(file, source, 'foreign')
    }
  } catch (error) {
    throw stateError(file, error)
  }
  return openOurs(file, source)
}

/** An empty view in place of whatever is there. */
export function createFresh(file: string, source: string, found: OpenedView['found'] = 'fresh'): OpenedView {
  try {
    if (file !== MEMORY) removeFiles(file)
    const database = connect(file)
    const view = createView(database, source, found)
    journal(database)
    return view
  } catch (error) {
    throw stateError(file, error)
  }
}

async function openOurs(file: string, source: string): Promise<OpenedView> {
  let database: DatabaseSync | null = null
  try {
    database = connect(file)
    journal(database)
    return { database, ...(await readView(database, source)) }
  } catch (error) {
    database?.close()
    if (error instanceof Outdated) return createFresh(file, source, 'outdated')
    if (isDamage(error)) return createFresh(file, source, 'damaged')
    throw stateError(file, error)
  }
}

export function writeHead(database: DatabaseSync, head: ViewHead): void {
  const body = JSON.stringify(head)
  database.prepare('INSERT OR REPLACE INTO head (id, body, seal) VALUES (1, ?, ?)').run(body, sealText(body))
}

/** Everything that is wrong with the file itself: our seals, and all that SQLite says but what the machine around it causes. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error)
  if (code === null) return error instanceof Damage || error instanceof RangeError
  return !OUTSIDE_CODES.includes(code) || extendedCode(error) === SHORT_READ
}

/** Its primary result code; null if it is no error of SQLite's. */
export function sqliteCode(error: unknown): number | null {
  const code = extendedCode(error)
  return code === null ? null : code & 0xff
}

function extendedCode(error: unknown): number | null {
  const code = error !== null && typeof error === 'object' && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code : null
}

export function stateError(file: string, error: unknown): MonitorError {
  if (error instanceof MonitorError) return error
  const hint =
    sqliteCode(error) === 5 ? 'another process uses it' : error instanceof Error ? error.message : String(error)
  return new MonitorError('EVENKEEL_STATE_IO', `${file}: ${hint}`, { cause: error })
}

/** A row or the head does not carry its seal. */
export class Damage extends Error {}

/** Of another version, or of another log. */
class Outdated extends Error {}

export const MEMORY = ':memory:'
const APPLICATION_ID = 0x45_56_4b_4c // EVKL
const SCHEMA_VERSION = 1
/** PERM, BUSY, LOCKED, NOMEM, IOERR, FULL, CANTOPEN */
const OUTSIDE_CODES: readonly number[] = [3, 5, 6, 7, 10, 13, 14]
/** An I/O error by name, but it only says that the file ends too early. */
const SHORT_READ = 522
/** `bytes` last: the columns before it are read without touching the pages it overflows to. */
const TABLES = [
  'CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL, seal BLOB NOT NULL) STRICT',
  'CREATE TABLE slices (id INTEGER PRIMARY KEY, stream TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, ' +
    'digest TEXT NOT NULL, seal BLOB NOT NULL, bytes BLOB NOT NULL) STRICT',
]
/** Rows between two looks at the event loop while seals are checked: some 10 MB. */
const ROWS_PER_TURN = 16

function connect(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { allowExtension: false, defensive: true })
  try {
    // Exclusive: two services on one state directory are a mistake, and the second one is told so.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** After a power cut the last commits may be gone, all of them together: then the log is read again from before them. */
function journal(database: DatabaseSync): void {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216')
}

/**
 * By the first hundred bytes, before SQLite may touch the file: a database of somebody else is not even to be opened. Our id
 * stands there from the first transaction on, because the write-ahead journal is only switched on after it.
 */
function ownerOf(file: string): 'us' | 'somebody' | 'nobody' {
  if (!existsSync(file)) return 'nobody'
  const header = Buffer.alloc(100)
  const descriptor = openSync(file, 'r')
  try {
    if (readSync(descriptor, header) === 0) return 'nobody'
  } finally {
    closeSync(descriptor)
  }
  const isDatabase = header.toString('latin1', 0, 16) === 'SQLite format 3\0'
  return isDatabase && header.readUInt32BE(68) === APPLICATION_ID ? 'us' : 'somebody'
}

function assertSchema(database: DatabaseSync): void {
  if (pragma(database, 'user_version') !== SCHEMA_VERSION) throw new Outdated()
  const schema = database.prepare('SELECT sql FROM sqlite_schema ORDER BY name').all()
  if (JSON.stringify(schema.map(({ sql }) => sql)) !== JSON.stringify(TABLES))
    throw new Damage('the tables are not ours')
}

function createView(database: DatabaseSync, source: string, found: OpenedView['found']): OpenedView {
  const mix = new SealMix()
  const head: ViewHead = { source, places: [], count: 0, mix: mix.toString() }
  database.exec('BEGIN IMMEDIATE')
  for (const table of TABLES) database.exec(table)
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`)
  writeHead(database, head)
  database.exec('COMMIT')
  return { database, found, head, rows: [], mix }
}

async function readView(database: DatabaseSync, source: string): Promise<Omit<OpenedView, 'database'>> {
  assertSchema(database)
  const head = readHead(database)
  if (head.source !== source) throw new Outdated()
  const check = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
  if (check.quick_check !== 'ok') throw new Damage(check.quick_check)
  const rows: RowEntry[] = []
  const mix = new SealMix()
  for (const row of database.prepare('SELECT * FROM slices ORDER BY id').iterate()) {
    const { stream, startMs, endMs } = verifiedRow(row)
    rows.push({ id: Number(row.id), stream, startMs, endMs })
    mix.toggle(row.seal as Uint8Array)
    if (rows.length % ROWS_PER_TURN === 0) await nextTurn()
  }
  if (rows.length !== head.count || mix.toString() !== head.mix) throw new Damage('rows are missing, or too many')
  return { found: 'kept', head, rows, mix }
}

export function verifiedRow(row: Record<string, unknown>): SliceRow {
  const { stream, start_ms: startMs, end_ms: endMs, digest, seal, bytes } = row
  if (!(seal instanceof Uint8Array && bytes instanceof Uint8Array)) throw new Damage('a row lost its bytes')
  const slice = { stream, startMs, endMs, digest, bytes } as SliceRow
  if (!sealRow(slice).equals(seal)) throw new Damage(`the row of ${String(startMs)} does not carry its seal`)
  return slice
}

function readHead(database: DatabaseSync): ViewHead {
  const row = database.prepare('SELECT body, seal FROM head WHERE id = 1').get() as
    { body: string; seal: Uint8Array } | undefined
  if (row === undefined || !sealText(row.body).equals(row.seal)) throw new Damage('the head does not carry its seal')
  return JSON.parse(row.body) as ViewHead
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0])
}

/** With its journals: one that is left behind would be played into the next file of this name. */
function removeFiles(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
}

/** Somebody else's database under our name: theirs to keep. */
function moveAside(file: string): void {
  let free = 1
  while (existsSync(`${file}.foreign.${free}`)) free++
  renameSync(file, `${file}.foreign.${free}`)
  for (const suffix of ['-wal', '-shm', '-journal']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, `${file}.foreign.${free}${suffix}`)
  }
}
