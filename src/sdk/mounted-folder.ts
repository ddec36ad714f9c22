import {randomBytes} from 'node:crypto'
import {lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statfsSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {undoAtEnd} from './undo.ts'

/** A private folder for files with values, which are gone with it. */
export interface MountedFolder {
  readonly path: string
  /** Whether what is written stays in memory. */
  readonly inMemory: boolean
  /** Writes a file and gives its path. A name that is taken gets a suffix; `mode` is by default that only its owner reads and writes it. */
  write: (name: string, bytes: Uint8Array, mode?: number) => string
  /** Removes it with all files; safe to call again. */
  remove: () => void
}

const PREFIX = 'postern-mount'

/**
 * Makes such a folder, in memory where there is a place for that, and removes those of processes of this user that ended
 * without doing so. It goes when the process ends, by a signal too; after `kill -9`, the next one that makes one removes it.
 */
export function mountFolder(env: Record<string, string | undefined> = process.env): MountedFolder {
  const places = placesIn(env)
  for (const place of places) removeStale(place)
  const {path, inMemory} = make(places)
  let there = true
  const undo = undoAtEnd()
  undo.add(() => {
    there = false
    rmSync(path, {recursive: true, force: true})
  })
  return {
    path,
    inMemory,
    write: (name, bytes, mode = 0o600) => {
      if (!there) throw new Error('The folder is gone.')
      for (let count = 1; ; count += 1) {
        const file = join(path, count === 1 ? basename(name) : suffixed(basename(name), count))
        try {
          // Exclusive: nothing that is there, or a link to elsewhere, is written to.
          writeFileSync(file, bytes, {flag: 'wx', mode})
          return file
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
        }
      }
    },
    remove: undo.run,
  }
}

/** `key-2.pem` */
const suffixed = (name: string, count: number): string => name.replace(/(?=\.[^.]+$)|$/, `-${count}`)

interface Place {
  folder: string
  inMemory: boolean
}

/** f_type of statfs(2): tmpfs and ramfs. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6])

/** Where a folder may be, the best first: what is the user's own, then in memory, then anywhere. */
function placesIn(env: Record<string, string | undefined>): Place[] {
  const all = [env.XDG_RUNTIME_DIR ?? '', '/dev/shm', tmpdir()]
  const places = all.flatMap((folder) => {
    if (folder === '') return []
    try {
      return [{folder, inMemory: process.platform === 'linux' && IN_MEMORY.has(statfsSync(folder).type)}]
    } catch {
      return []
    }
  })
  return places.sort((a, b) => Number(b.inMemory) - Number(a.inMemory))
}

function make(places: readonly Place[]): {path: string; inMemory: boolean} {
  const name = `${PREFIX}-${process.pid}-${ownMark()}-${randomBytes(6).toString('hex')}`
  let failed: unknown = new Error('There is no place for temporary files.')
  for (const {folder, inMemory} of places) {
    const path = join(folder, name)
    try {
      mkdirSync(path, {mode: 0o700})
      return {path, inMemory}
    } catch (error) {
      failed = error
    }
  }
  throw failed
}

/** What tells this process from a later one of its number, and from one of another container: when it began, and where it is. */
const ownMark = (): string => `${startOf(process.pid) ?? 0}-${namespace()}`

/** When a process began, in clock ticks since boot (proc(5), field 22 of stat). Null: it is not there, or it cannot be told. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}

function removeStale({folder}: Place): void {
  for (const name of namesIn(folder)) {
    const [, pid, start, of] = /^postern-mount-(\d+)-(\d+)-(\d+)-[0-9a-f]{12}$/.exec(name) ?? []
    if (pid === undefined || of !== namespace() || lives(Number(pid), start!)) continue
    const path = join(folder, name)
    try {
      const state = lstatSync(path)
      if (state.isDirectory() && state.uid === process.getuid?.()) rmSync(path, {recursive: true, force: true})
    } catch {
      // Another one removes it at this moment.
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.startsWith(PREFIX))
  } catch {
    return []
  }
}

function lives(pid: number, start: string): boolean {
  const began = startOf(pid)
  if (began !== null) return began === start
  if (process.platform === 'linux') return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
