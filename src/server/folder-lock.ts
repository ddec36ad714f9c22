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
  const {DatabaseSync: Database} = createRequire(import.meta.url)('@photostructure/sqlite') as {
    DatabaseSync: typeof DatabaseSync
  }
  let lock: Lock | undefined
  try {
    lock = new Database(join(folder, 'lock.db'))
    lock.exec('pragma busy_timeout = 0; pragma journal_mode = memory; begin exclusive')
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

/** A lock is lost when its handle is collected, so somebody must hold it. */
const locks = new Set<Lock>()

function refusal(folder: string, error: unknown): StartError {
  if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
    return new StartError(`Another server is running on the data folder ${folder}.`, {
      next: 'stop that server first, or name another data folder',
    })
  }
  return new StartError(`The data folder ${folder} cannot be written to.`, {
    next: 'check its permissions, the free space, and whether it is mounted read-only; or name another data folder',
  })
}
