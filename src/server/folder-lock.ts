import {existsSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import type {DatabaseSync} from '@photostructure/sqlite'
import {StartError} from './start-error.ts'

type Lock = InstanceType<typeof DatabaseSync>

const SQLITE_BUSY = 5

/**
 * Takes a folder for this process. The lock is SQLite's on an empty file, so the system frees it however the process
 * ends. Returns what frees it early.
 * @throws StartError when another server has it, or the folder cannot be written to.
 */
export function lockFolder(folder: string): () => void {
  let lock: Lock | undefined
  try {
    lock = openLock(folder)
    // Who only looks whether it is taken (below) is gone before this.
    lock.exec('pragma busy_timeout = 50; pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    lock?.close()
    throw refusal(folder, error)
  }
  const held = lock
  locks.add(held)
  return () => {
    if (locks.delete(held)) held.close()
  }
}

/** Whether another process has a folder. It is looked at, and not taken. */
export function isTaken(folder: string): boolean {
  if (!existsSync(join(folder, 'lock.db'))) return false
  const lock = openLock(folder, {readOnly: true})
  try {
    lock.prepare('select count(*) from sqlite_master').get()
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw error
  } finally {
    lock.close()
  }
}

function openLock(folder: string, options: {readOnly?: boolean} = {}): Lock {
  const {DatabaseSync: Database} = createRequire(import.meta.url)('@photostructure/sqlite') as {
    DatabaseSync: typeof DatabaseSync
  }
  return new Database(join(folder, 'lock.db'), options)
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY

/** A lock is lost when its handle is collected, so somebody must hold it. */
const locks = new Set<Lock>()

function refusal(folder: string, error: unknown): StartError {
  if (isBusy(error)) {
    return new StartError(`Another server is running on the data folder ${folder}.`, {
      next: 'stop that server first, or name another data folder',
    })
  }
  return new StartError(`The data folder ${folder} cannot be written to.`, {
    next: 'check its permissions, the free space, and whether it is mounted read-only; or name another data folder',
  })
}
