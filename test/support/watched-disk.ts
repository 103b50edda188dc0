import fs from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import type { Random } from '../simulation/cluster/random.ts'

/** What was asked of the disk, in order; `done` is what the asker was told by then. */
export type DiskStep =
  | { kind: 'create' | 'folder' | 'sync'; path: string }
  | { kind: 'append'; path: string; bytes: Buffer }
  | { kind: 'truncate'; path: string; size: number }
  | { kind: 'rename'; path: string; to: string }
  | { kind: 'done'; count: number }

/**
 * `node:fs/promises` of this process, watched below one folder. A test can let the Nth step fail (of an append half is written by
 * then), and afterwards ask what a power cut would have left at any moment: see `afterPowerCut`.
 */
export class WatchedDisk {
  readonly steps: DiskStep[] = []
  failAt = Infinity
  failure: 'EIO' | 'ENOSPC' = 'EIO'
  /** Steps, without what the asker was told. */
  count = 0
  private readonly paths = new WeakMap<object, string>()
  private readonly root: string
  private undo: (() => void)[] = []

  constructor(root: string) {
    this.root = root
  }

  async start(): Promise<void> {
    const promises = fs.promises as unknown as Record<string, Method>
    const handle = await fs.promises.open(this.root, 'r')
    const handles = Object.getPrototypeOf(handle) as Record<string, Method>
    await handle.close()
    this.wrap(promises, 'open', (original, [file, flags]) => this.open(original, String(file), String(flags)))
    this.wrap(promises, 'mkdir', async (original, args) => {
      await this.take({ kind: 'folder', path: String(args[0]) })
      return original(...args)
    })
    this.wrap(promises, 'rename', async (original, args) => {
      await this.take({ kind: 'rename', path: String(args[0]), to: String(args[1]) })
      return original(...args)
    })
    for (const name of ['appendFile', 'writeFile']) {
      this.wrap(handles, name, async (original, [data], file) => {
        const bytes = Buffer.from(data as string)
        await this.take({ kind: 'append', path: file, bytes }, () => original(bytes.subarray(0, bytes.length >> 1)))
        return original(bytes)
      })
    }
    for (const name of ['datasync', 'sync']) {
      // The real sync is left out: here nobody dies, and it is what takes the time.
      this.wrap(handles, name, (_original, _args, file) => this.take({ kind: 'sync', path: file }))
    }
    this.wrap(handles, 'truncate', async (original, [size], file) => {
      await this.take({ kind: 'truncate', path: file, size: Number(size ?? 0) })
      return original(size)
    })
    syncBuiltinESMExports()
  }

  stop(): void {
    for (const each of this.undo) each()
    this.undo = []
    syncBuiltinESMExports()
  }

  done(count: number): void {
    this.steps.push({ kind: 'done', count })
  }

  private async open(original: Call, file: string, flags: string): Promise<unknown> {
    if (flags !== 'r' && this.isOurs(file)) await this.take({ kind: 'create', path: file })
    const handle = (await original(file, flags)) as FileHandle
    this.paths.set(handle, file)
    if (flags === 'w' && this.isOurs(file)) this.steps.push({ kind: 'truncate', path: file, size: 0 })
    return handle
  }

  private async take(step: DiskStep & { path: string }, half?: () => unknown): Promise<void> {
    if (!this.isOurs(step.path)) return
    if (++this.count === this.failAt) {
      await half?.()
      throw Object.assign(new Error(`${this.failure}: simulated, ${step.kind}`), { code: this.failure })
    }
    this.steps.push(step)
  }

  private isOurs(file: string): boolean {
    return file.startsWith(this.root)
  }

  private wrap(owner: Record<string, Method>, name: string, instead: Instead): void {
    const original = owner[name]!
    const { paths } = this
    owner[name] = function (...args) {
      return instead((...more) => original.apply(this, more), args, paths.get(this as object) ?? '')
    }
    this.undo.push(() => void (owner[name] = original))
  }
}

type Call = (...args: unknown[]) => unknown
type Method = (this: unknown, ...args: unknown[]) => unknown
type Instead = (original: Call, args: unknown[], file: string) => Promise<unknown>

interface Inode {
  isFolder: boolean
  durable: Buffer
  pending: ((bytes: Buffer) => Buffer)[]
  /** Of a folder: what is in it for sure, and what was done to it since its last sync. */
  entries: Map<string, Inode>
  changes: [name: string, inode: Inode | null][][]
}

/**
 * What is left when the power goes after so many steps, by the letter of POSIX: what was synced is there. Of the rest each file and
 * each folder has a beginning: all of it, or nothing, and of the last append perhaps a part, or zeros.
 */
export function afterPowerCut(steps: readonly DiskStep[], root: string, to: string, random: Random): void {
  const names = new Map<string, Inode>([[root, folder()]])
  for (const step of steps) if (step.kind !== 'done') replay(step, names)
  const left = (inode: Inode, at: string): void => {
    if (!inode.isFolder) return fs.writeFileSync(at, leftOf(inode, random))
    fs.mkdirSync(at, { recursive: true })
    for (const change of inode.changes.slice(0, random.whole(0, inode.changes.length))) enter(inode, change)
    for (const [name, each] of inode.entries) left(each, path.join(at, name))
  }
  left(names.get(root)!, to)
}

function replay(step: Exclude<DiskStep, { kind: 'done' }>, names: Map<string, Inode>): void {
  const inode = names.get(step.path)
  const change = (file: string, changes: [string, Inode | null][]): void =>
    void names.get(path.dirname(file))!.changes.push(changes.map(([name, each]) => [path.basename(name), each]))
  if (step.kind === 'create' || step.kind === 'folder') {
    if (inode !== undefined) return
    const made = { ...folder(), isFolder: step.kind === 'folder' }
    names.set(step.path, made)
    change(step.path, [[step.path, made]])
  } else if (step.kind === 'append') {
    inode!.pending.push((bytes) => Buffer.concat([bytes, step.bytes]))
  } else if (step.kind === 'truncate') {
    inode!.pending.push((bytes) => bytes.subarray(0, step.size))
  } else if (step.kind === 'rename') {
    names.delete(step.path)
    names.set(step.to, inode!)
    change(step.to, [[step.path, null], [step.to, inode!]]) // prettier-ignore
  } else {
    for (const each of inode!.changes.splice(0)) enter(inode!, each)
    inode!.durable = inode!.pending.splice(0).reduce((bytes, apply) => apply(bytes), inode!.durable)
  }
}

function folder(): Inode {
  return { isFolder: true, durable: Buffer.alloc(0), pending: [], entries: new Map(), changes: [] }
}

function enter(inode: Inode, changes: readonly [string, Inode | null][]): void {
  for (const [name, each] of changes) {
    if (each === null) inode.entries.delete(name)
    else inode.entries.set(name, each)
  }
}

function leftOf({ durable, pending }: Inode, random: Random): Buffer {
  const reached = pending.slice(0, random.whole(0, pending.length))
  const before = reached.slice(0, -1).reduce((bytes, apply) => apply(bytes), durable)
  const whole = reached.at(-1)?.(before) ?? before
  if (whole.length <= before.length) return whole
  const torn = Buffer.from(whole.subarray(0, random.whole(before.length, whole.length)))
  // The file has grown already, and what belongs there was never written.
  return random.chance(0.3) ? torn.fill(0, before.length) : torn
}
